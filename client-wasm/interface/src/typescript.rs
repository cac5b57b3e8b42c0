//! The TypeScript declarations of everything that crosses between the page and its wasm modules, and the list of formats.

use fedner_core::{
    agreement::{Kind, LabelAgreement, LeftOut},
    corpus::{CorpusReport, LabelCount, NoteProblem, Size},
    device_check::self_check::{Difference, Quantity, SelfCheck},
    enrolment::Enrolment,
    labels::Span,
    leak::LeakReport,
    observer::{Event, LearnReport, RoundPhase, RoundProgress, When},
    participant::{Outcome, Protection},
    scores::{Comparison, Interval, LabelScores, Prf, Scores},
    session::{Choice, ModelReport, ModelsReport, Origin, Which},
    tagging::Prediction,
    training::TrainReport,
};
use fedner_formats::Format;
use fedner_protocol::{Identity, PretrainedEncoder};
use ts_rs::{Config, TS};

use crate::annotation::DisagreementReport;
use crate::files::{EntityDetail, ImportedNote, ProblemReport};
use crate::written_file::WriteProblemReport;
use crate::*;

const HEADER: &str = "\
// The plain objects that cross between the page and the engine. Offsets count UTF-16 code units.
//
// Generated from the Rust types; don't edit it. To generate it again:
//   cargo test -p fedner-interface --test typescript -- --ignored write
";

const FORMATS_HEADER: &str = "\
// The file formats, so that nothing is loaded before the first file. Generated from the Rust types; don't edit it.

/** @type {Fedner.FormatInfo[]} */
";

/// The page's list of file formats, as a script.
pub fn formats() -> String {
    let line = |format: &Format| {
        // Text and lists of texts always have a form in JSON.
        let info = serde_json::to_string(&FormatInfo::from(*format)).unwrap_or_default();
        format!("  {info},\n")
    };
    format!("{FORMATS_HEADER}export const FORMATS = [\n{}];\n", Format::ALL.iter().map(line).collect::<String>())
}

/// The file of declarations, whole.
pub fn declarations() -> String {
    // Numbers cross as JavaScript's, which holds integers up to 2⁵³ exactly; ours count steps and bytes.
    let config = Config::new().with_large_int("number");
    let mut types = Declarations { config, text: format!("{HEADER}\ndeclare namespace Fedner {{\n") };
    types.format_names();
    types.device();
    types.annotation();
    types.files();
    types.corpus_and_training();
    types.federation();
    types.events();
    types.text + "}\n"
}

struct Declarations {
    config: Config,
    text: String,
}

impl Declarations {
    fn add<T: TS>(&mut self) {
        self.text += &T::docs().unwrap_or_default();
        self.text += &format!("type {} = {};\n\n", T::ident(&self.config), T::inline(&self.config));
    }

    fn format_names(&mut self) {
        let names: Vec<String> = Format::ALL.iter().map(|format| format!("{:?}", format.name())).collect();
        self.text += &format!("/** The name of a file format. */\ntype FormatName = {};\n\n", names.join(" | "));
    }

    fn device(&mut self) {
        self.add::<DeviceRequest>();
        self.add::<DeviceReport>();
        self.add::<SelfCheck>();
        self.add::<Difference>();
        self.add::<Quantity>();
        self.add::<StepTimes>();
    }

    fn annotation(&mut self) {
        self.add::<Span>();
        self.add::<Prediction>();
        self.add::<PredictionReport>();
        self.add::<ExaminedEntities>();
        self.add::<TextInput>();
        self.add::<AssessmentReport>();
        self.add::<AnnotatedInput>();
        self.add::<AgreementReport>();
        self.add::<LabelAgreement>();
        self.add::<DisagreementReport>();
        self.add::<Kind>();
        self.add::<LeftOut>();
    }

    fn files(&mut self) {
        self.add::<FormatInfo>();
        self.add::<TableColumnsInput>();
        self.add::<ImportReport>();
        self.add::<FileReport>();
        self.add::<EntityDetail>();
        self.add::<ImportedNote>();
        self.add::<ProblemReport>();
        self.add::<ExportInput>();
        self.add::<WrittenFile<'_>>();
        self.add::<WriteProblemReport>();
    }

    fn corpus_and_training(&mut self) {
        self.add::<PretrainedEncoder>();
        self.add::<CorpusInput>();
        self.add::<CorpusChangeInput>();
        self.add::<DocumentInput>();
        self.add::<CorpusReport>();
        self.add::<Size>();
        self.add::<LabelCount>();
        self.add::<NoteProblem>();
        self.add::<TrainInput>();
        self.add::<TrainReport>();
        self.add::<LearnInput>();
        self.add::<LearnReport>();
        self.add::<Prf>();
        self.add::<Interval>();
        self.add::<Comparison>();
        self.add::<Scores>();
        self.add::<LabelScores>();
        self.add::<ExportModelInput>();
        self.add::<RestoreReport>();
        self.add::<ModelsReport>();
        self.add::<ModelReport>();
        self.add::<Origin>();
        self.add::<Which>();
        self.add::<Choice>();
    }

    fn federation(&mut self) {
        self.add::<Identity>();
        self.add::<Enrolment>();
        self.add::<EnrolInput>();
        self.add::<ParticipateInput>();
        self.add::<Outcome>();
        self.add::<Protection>();
        self.add::<LeakReport>();
    }

    fn events(&mut self) {
        self.add::<Event>();
        self.add::<When>();
        self.add::<RoundProgress>();
        self.add::<RoundPhase>();
        self.add::<EnrolledEvent>();
        self.add::<LedgerEvent>();
        self.add::<EngineFailure>();
        self.add::<ErrorCode>();
    }
}
