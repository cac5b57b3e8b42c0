//! The layers that the file's head names, and which of their columns holds entities.

use super::super::import::FileImport;
use super::super::lines::lines;
use super::unescaped;

/// The layers of a file, in the order of their columns.
pub(super) struct Layers {
    all: Vec<Layer>,
}

/// A layer: its name, and where its columns stand.
pub(super) struct Layer {
    name: String,
    features: Vec<String>,
    first: usize,
    is_span: bool,
}

impl Layers {
    /// Reads `#T_SP=webanno.custom.Name|value|identifier` and its like.
    pub(super) fn of(text: &str) -> Self {
        let mut all: Vec<Layer> = Vec::new();
        let mut first = 0;
        for (_, line) in lines(text).take_while(|(_, line)| line.starts_with('#') && !line.starts_with("#Text=")) {
            let Some((kind, layer)) = line.split_once('=').filter(|(kind, _)| kind.starts_with("#T_")) else {
                continue;
            };
            let mut features = layer.split('|');
            let name = features.next().unwrap_or_default().to_owned();
            let features: Vec<String> = features.map(str::to_owned).collect();
            // A layer without features has one column all the same, a relation one more for where it comes from.
            let columns =
                features.len().max(1) + usize::from(kind == "#T_RL" && !features.iter().any(|f| f.starts_with("BT_")));
            let is_span = kind == "#T_SP";
            all.push(Layer { name, features, first, is_span });
            first += columns;
        }
        Self { all }
    }

    /// The layer of entities: that of named entities, else the first that isn't about grammar.
    pub(super) fn entities(&self) -> Option<&Layer> {
        const GRAMMAR: &[&str] = &["POS", "Lemma", "Stem", "MorphologicalFeatures", "Token", "SurfaceForm", "Chunk"];
        let spans = || self.all.iter().filter(|layer| layer.is_span);
        spans()
            .find(|layer| layer.short_name() == "NamedEntity")
            .or_else(|| spans().find(|layer| !GRAMMAR.contains(&layer.short_name())))
    }

    /// What the file has instead of entities.
    pub(super) fn missing(&self) -> String {
        let names: Vec<&str> = self.all.iter().map(Layer::short_name).collect();
        match names.is_empty() {
            true => "it has no layers".to_owned(),
            false => format!("none of its layers ({}) marks entities", names.join(", ")),
        }
    }

    /// Says which layers aren't kept.
    pub(super) fn say(&self, file: &mut FileImport<'_>) {
        let Some(chosen) = self.entities() else { return };
        let others: Vec<&str> =
            self.all.iter().filter(|layer| layer.first != chosen.first).map(Layer::short_name).collect();
        file.detail(format!("entities of the layer {}", chosen.short_name()));
        if !others.is_empty() {
            file.problem(None, format!("the layers {} aren't kept", others.join(", ")));
        }
    }
}

impl Layer {
    fn short_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// The entities at a token, each with its type and the number that ties it to those at other tokens.
    pub(super) fn values<'l>(&self, cells: &[&'l str]) -> Vec<(String, Option<&'l str>)> {
        let column = self.first + self.features.iter().position(|name| name == "value").unwrap_or_default();
        let Some(cell) = cells.get(column).copied().filter(|cell| *cell != "_" && !cell.is_empty()) else {
            return Vec::new();
        };
        let value = |value: &'l str| {
            let (label, chain) = match value.strip_suffix(']').and_then(|value| value.rsplit_once('[')) {
                Some((label, chain)) => (label, Some(chain)),
                None => (value, None),
            };
            // A star stands for an entity without a type.
            let label = if label == "*" || label.is_empty() { self.short_name().to_owned() } else { unescaped(label) };
            (label, chain)
        };
        split(cell).into_iter().map(value).collect()
    }
}

/// The parts between `|` that no backslash stands before.
fn split(cell: &str) -> Vec<&str> {
    let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in cell.char_indices() {
        match c {
            '|' if !escaped => {
                parts.push(&cell[start..at]);
                start = at + 1;
                escaped = false;
            }
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    parts.push(&cell[start..]);
    parts
}
