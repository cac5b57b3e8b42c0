//! The page as it is served: `index.html`, and everything it leads to in folders named by their content.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::compress;
use super::index;
use super::module::{Module, PageProfile};
use crate::files;

/// The folder whose files never change under their names. The server knows it and lets browsers keep them for good.
pub const IMMUTABLE: &str = "immutable";

/// The one file that keeps its name.
const INDEX: &str = "index.html";

/// The script that lets the page open without its server. It keeps its name, since browsers know it by that.
const SERVICE_WORKER: &str = "service-worker.js";

/// The script that names the modules' own scripts; made here.
const MODULES: &str = "modules.js";

/// Bytes of the hash in a folder's name.
pub const HASH_BYTES: usize = 8;

/// What is in `www/` for development only, by its first path part.
const NOT_SERVED: [&str; 8] =
    ["README.md", "screenshots", "package.json", "package-lock.json", "tsconfig.json", "node_modules", "test", "types"];

/// Ending of files that only describe types, wherever they are.
const TYPES: &str = ".d.ts";

/// Files by their paths in a folder.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The packages of the modules that are built.
pub type Packages = BTreeMap<Module, PathBuf>;

/// What becomes of the files of an earlier page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// They go.
    Remove,
    /// They stay: tabs that have it open may still ask for them.
    Keep,
}

/// Makes `page` hold the page, from `www` and the modules' packages. The modules `cpu` and `files` must be among them: where another
/// one is missing, the page uses it instead or does without.
pub fn compose(www: &Path, packages: &Packages, page: &Path, profile: PageProfile, earlier: Earlier) -> Result<()> {
    let mut wanted = Vec::new();
    let mut scripts = BTreeMap::new();
    for (module, package) in packages {
        let files = read(package, |_| true)?;
        let folder = name(module.name(), &files);
        scripts.insert(*module, format!("../{folder}/{}", module.script_file()));
        wanted.push((folder, files));
    }
    let mut own = read(www, served)?;
    let index = own.remove(Path::new(INDEX)).with_context(|| format!("there is no {INDEX} in {}", www.display()))?;
    let index = index::with_views(&String::from_utf8(index)?, &mut own)?;
    own.insert(MODULES.into(), module_list(&scripts)?.into());
    let worker = own.remove(Path::new(SERVICE_WORKER)).unwrap_or_default();
    let folder = name("page", &own);
    let index = index::with_addresses(&index, &folder, own.keys())?;
    let worker = index::service_worker(&String::from_utf8(worker)?, &index, &folder, own.keys());
    // The packages are compressed where they are made.
    let compressed = (profile == PageProfile::Release).then_some(folder.as_str());
    wanted.push((folder.clone(), own));
    for (folder, files) in &wanted {
        write_folder(&page.join(IMMUTABLE).join(folder), files, compressed == Some(folder))?;
    }
    write_named(&page.join(SERVICE_WORKER), &worker, profile)?;
    write_named(&page.join(INDEX), &index, profile)?;
    match earlier {
        Earlier::Remove => remove_others(page, &wanted.into_iter().map(|(folder, _)| folder).collect()),
        Earlier::Keep => Ok(()),
    }
}

fn served(path: &Path) -> bool {
    let first = path.components().next().and_then(|part| part.as_os_str().to_str());
    let development = path.to_string_lossy().ends_with(TYPES);
    first.is_some_and(|name| !NOT_SERVED.contains(&name) && !name.starts_with('.')) && !development
}

fn read(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Files> {
    let read = |path: PathBuf| {
        let bytes =
            fs::read(folder.join(&path)).with_context(|| format!("can't read {}", folder.join(&path).display()))?;
        Ok((path, bytes))
    };
    files::below(folder)?.into_iter().filter(|path| wanted(path)).map(read).collect()
}

/// A folder's name: what it is, and the hash of every file in it with its path.
fn name(what: &str, files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in files {
        let path = path.to_string_lossy();
        for part in [path.as_bytes(), bytes] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    let digits = hash.finalize().iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{what}-{digits}")
}

/// The script that names each module's script; `null` for one that the page does without.
fn module_list(scripts: &BTreeMap<Module, String>) -> Result<String> {
    let needed = |module: Module| {
        scripts.get(&module).with_context(|| format!("the page can't do without its module {}", module.name()))
    };
    let (cpu, files) = (needed(Module::Cpu)?, needed(Module::Files)?);
    let line = |module: Module| {
        let script = match module {
            Module::Files => Some(files),
            // It computes the same, slower.
            Module::Cpu | Module::CpuRelaxed => Some(scripts.get(&module).unwrap_or(cpu)),
            Module::Masking | Module::Webgpu | Module::Encoder => scripts.get(&module),
            Module::EncoderRelaxed => scripts.get(&module).or_else(|| scripts.get(&Module::Encoder)),
        };
        let address = script.map(|script| format!("new URL(\"{script}\", import.meta.url).href"));
        format!("  {}: {},\n", module.name(), address.as_deref().unwrap_or("null"))
    };
    Ok(format!(
        "// Written by the page's build: where each module's script is.\nexport const MODULES = {{\n{}}};\n",
        Module::ALL.map(line).concat()
    ))
}

/// Files of one content under one name: what is there is complete and right.
fn write_folder(folder: &Path, files: &Files, compressed: bool) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    // It gets its name once it is complete, so that an interrupted build leaves no half of it.
    let unfinished = folder.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).with_context(|| format!("can't remove {}", unfinished.display()))?;
    }
    for (path, bytes) in files {
        let to = unfinished.join(path);
        files::write(&to, bytes)?;
        if compressed {
            compress::beside(&to)?;
        }
    }
    fs::rename(&unfinished, folder).with_context(|| format!("can't make {}", folder.display()))
}

/// A file that keeps its name.
fn write_named(file: &Path, text: &str, profile: PageProfile) -> Result<()> {
    let same = fs::read_to_string(file).is_ok_and(|old| old == text);
    if !same {
        files::write(file, text.as_bytes())?;
    }
    let forms = [".br", ".gz"].map(|ending| compress::with_ending(file, ending));
    match profile {
        PageProfile::Release if same && forms.iter().all(|form| form.is_file()) => Ok(()),
        PageProfile::Release => compress::beside(file),
        PageProfile::Dev => forms.iter().filter(|form| form.is_file()).try_for_each(|form| files::remove(form)),
    }
}

/// What an earlier build has left.
fn remove_others(page: &Path, folders: &BTreeSet<String>) -> Result<()> {
    for file in files::below(page)? {
        let mut parts = file.iter().map(|part| part.to_string_lossy());
        let keep = match (parts.next().as_deref(), parts.next()) {
            (Some(IMMUTABLE), Some(folder)) => folders.contains(folder.as_ref()),
            (Some(first), None) => first.starts_with(INDEX) || first.starts_with(SERVICE_WORKER),
            _ => false,
        };
        if !keep {
            files::remove(&page.join(&file))?;
        }
    }
    files::remove_empty_folders(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_files_are_not_served() {
        for path in [
            "README.md",
            "package.json",
            "test/bus.test.mjs",
            "tsconfig.json",
            ".eslintrc",
            "node_modules/a/b.js",
            "shared/a.d.ts",
        ] {
            assert!(!served(Path::new(path)), "{path}");
        }
        for path in ["index.html", "ui/test.js", "samples/index.json"] {
            assert!(served(Path::new(path)), "{path}");
        }
    }

    struct Sources(PathBuf);

    impl Sources {
        fn new(name: &str) -> Result<Sources> {
            let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            let sources = Sources(folder);
            sources.write("www/index.html", "<script src=\"page/main.js\"></script><a href=\"#main\">x</a>")?;
            sources.write("www/page/main.js", "import './ui/a.js';")?;
            sources.write("www/page/ui/a.js", &"a".repeat(2_000))?;
            for module in Module::ALL {
                sources.write(&format!("{}/{}", module.name(), module.script_file()), module.name())?;
            }
            Ok(sources)
        }

        fn write(&self, path: &str, text: &str) -> Result<()> {
            files::write(&self.0.join(path), text.as_bytes())
        }

        /// The composed page's files.
        fn compose(&self, profile: PageProfile) -> Result<Vec<String>> {
            self.compose_of(&Module::ALL, profile, Earlier::Remove)
        }

        fn compose_of(&self, modules: &[Module], profile: PageProfile, earlier: Earlier) -> Result<Vec<String>> {
            let at = |path: &str| self.0.join(path);
            let packages = modules.iter().map(|module| (*module, at(module.name()))).collect();
            compose(&at("www"), &packages, &at("page"), profile, earlier)?;
            Ok(files::below(&at("page"))?.iter().map(|path| path.display().to_string()).collect())
        }
    }

    impl Drop for Sources {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn folder<'a>(names: &'a [String], what: &str) -> &'a str {
        let start = format!("{IMMUTABLE}/{what}-");
        let name = names.iter().find(|name| name.starts_with(&start)).map_or("", String::as_str);
        name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    #[test]
    fn a_change_moves_what_has_changed_and_what_names_it() -> Result<()> {
        let sources = Sources::new("tree")?;
        let before = sources.compose(PageProfile::Dev)?;
        assert_eq!(before.len(), 12, "{before:?}");
        let index = fs::read_to_string(sources.0.join("page/index.html"))?;
        assert!(index.contains(&format!("src=\"{}/page/main.js\"", folder(&before, "page"))), "{index}");
        assert!(index.contains("href=\"#main\""), "{index}");
        sources.write(&format!("webgpu/{}", Module::Webgpu.script_file()), "another")?;
        let after = sources.compose(PageProfile::Dev)?;
        assert_eq!(after.len(), 12, "what was before is gone: {after:?}");
        assert_eq!(folder(&before, "cpu"), folder(&after, "cpu"));
        assert_ne!(folder(&before, "webgpu"), folder(&after, "webgpu"));
        let list = sources.0.join("page").join(folder(&after, "page")).join(MODULES);
        let webgpu = folder(&after, "webgpu").trim_start_matches("immutable");
        assert!(fs::read_to_string(list)?.contains(&format!("..{webgpu}/{}", Module::Webgpu.script_file())));
        Ok(())
    }

    #[test]
    fn only_a_page_for_people_is_compressed() -> Result<()> {
        let sources = Sources::new("forms")?;
        let people = sources.compose(PageProfile::Release)?;
        assert_eq!(people.iter().filter(|name| name.ends_with("a.js.br") || name.ends_with("a.js.gz")).count(), 2);
        Ok(())
    }

    #[test]
    fn a_page_grows_by_modules_and_open_tabs_keep_their_files() -> Result<()> {
        let sources = Sources::new("grows")?;
        let first = sources.compose_of(&[Module::Cpu, Module::Files], PageProfile::Dev, Earlier::Remove)?;
        let list = fs::read_to_string(sources.0.join("page").join(folder(&first, "page")).join(MODULES))?;
        let cpu = folder(&first, "cpu").trim_start_matches("immutable");
        assert_eq!(
            list.matches(&format!("..{cpu}/{}", Module::Cpu.script_file())).count(),
            2,
            "one stands in for the other: {list}"
        );
        assert!(list.contains("webgpu: null"), "{list}");
        let second = sources.compose_of(&Module::ALL, PageProfile::Dev, Earlier::Keep)?;
        assert!(first.iter().all(|file| second.contains(file)), "{first:?} {second:?}");
        let index = fs::read_to_string(sources.0.join("page/index.html"))?;
        assert!(!index.contains(folder(&first, "page")), "the start names the new files");
        let third = sources.compose(PageProfile::Dev)?;
        assert!(third.len() < second.len(), "the next build removes what nothing names");
        assert!(sources.compose_of(&[Module::Webgpu], PageProfile::Dev, Earlier::Keep).is_err());
        assert!(sources.compose_of(&[Module::Cpu], PageProfile::Dev, Earlier::Keep).is_err());
        Ok(())
    }

    #[test]
    fn a_page_without_its_start_is_refused() -> Result<()> {
        let sources = Sources::new("start")?;
        sources.write("www/index.html", "<p>nothing</p>")?;
        let error = sources.compose(PageProfile::Dev).expect_err("nothing starts");
        assert!(error.to_string().contains("page/main.js"), "{error}");
        Ok(())
    }
}
