//! One page in Markdown.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::headings::anchor;

/// A page, with what tests ask of it.
pub struct Page {
    /// From the repository's root, with slashes.
    pub path: String,
    /// The whole source.
    pub text: String,
    /// Links and images, in their order.
    pub links: Vec<Link>,
    /// Code in lines of prose, and lines of shell code, in their order.
    pub code: Vec<Code>,
    /// What a link to this page may end with.
    pub anchors: Vec<String>,
}

/// A link or an image.
pub struct Link {
    /// Where it leads.
    pub to: String,
    /// Its line in the page, from 1.
    pub line: usize,
}

/// A code span, or a command in a block of shell code.
pub struct Code {
    /// The code.
    pub text: String,
    /// Its line in the page, from 1.
    pub line: usize,
    /// Whether it stands in a line of prose.
    pub inline: bool,
}

impl Page {
    /// Reads the page with this path and source.
    pub fn new(path: &str, text: String) -> Self {
        let mut reader = Reader { text: &text, links: Vec::new(), code: Vec::new(), anchors: Vec::new(), inside: None };
        for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
            reader.read(event, range.start);
        }
        let Reader { links, code, anchors, .. } = reader;
        Self { path: path.to_owned(), links, code, anchors, text }
    }

    /// The folder of the page, with a slash at its end unless it is the root.
    pub fn folder(&self) -> &str {
        self.path.rfind('/').map_or("", |slash| &self.path[..=slash])
    }
}

/// What the events that follow belong to.
enum Inside {
    Heading(String),
    /// A block of shell code, and the line that its code begins on.
    Shell(String, Option<usize>),
}

struct Reader<'a> {
    text: &'a str,
    links: Vec<Link>,
    code: Vec<Code>,
    anchors: Vec<String>,
    inside: Option<Inside>,
}

impl Reader<'_> {
    fn read(&mut self, event: Event<'_>, at: usize) {
        let line = 1 + self.text[..at].matches('\n').count();
        match event {
            Event::Start(Tag::Heading { .. }) => self.inside = Some(Inside::Heading(String::new())),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) if language.as_ref() == "sh" => {
                self.inside = Some(Inside::Shell(String::new(), None));
            }
            Event::End(TagEnd::Heading(_) | TagEnd::CodeBlock) => self.leave(),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.links.push(Link { to: dest_url.into_string(), line });
            }
            Event::Text(text) => match &mut self.inside {
                Some(Inside::Heading(heading)) => heading.push_str(&text),
                Some(Inside::Shell(code, begins)) => {
                    code.push_str(&text);
                    begins.get_or_insert(line);
                }
                None => {}
            },
            Event::Code(text) => match &mut self.inside {
                Some(Inside::Heading(heading)) => heading.push_str(&text),
                _ => self.code.push(Code { text: text.into_string(), line, inline: true }),
            },
            _ => {}
        }
    }

    fn leave(&mut self) {
        match self.inside.take() {
            Some(Inside::Heading(heading)) => self.anchors.push(anchor(&heading)),
            Some(Inside::Shell(code, begins)) => {
                let first = begins.unwrap_or_default();
                // A line that ends with a backslash goes on in the next one.
                let joined = code.replace("\\\n", " ");
                let lines = joined.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
                self.code.extend(lines.map(|(i, line)| Code { text: line.to_owned(), line: first + i, inline: false }));
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_code_and_anchors_are_found_with_their_lines() {
        let text = "# A `b`, c\n\nSee [d](e.md#f) and `g h`.\n\n```sh\ni --j \\\n  k\nl\n```\n\n```\nnot shell\n```\n";
        let page = Page::new("x/y.md", text.to_owned());
        assert_eq!(page.anchors, ["a-b-c"]);
        assert_eq!(page.folder(), "x/");
        assert_eq!(page.links.iter().map(|link| (link.to.as_str(), link.line)).collect::<Vec<_>>(), [("e.md#f", 3)]);
        let code: Vec<_> = page.code.iter().map(|code| (code.text.as_str(), code.inline)).collect();
        assert_eq!(code, [("g h", true), ("i --j    k", false), ("l", false)]);
    }
}
