//! The program as a hospital runs it, against the real server.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use fedner_protocol::{Aggregation, LocalSteps, RoundPolicy, SecureAggregation, TrainingPolicy, Weighting};
use fedner_server::FederationConfig;
use fedner_server::config::Enrolment;
use fedner_tests::participant::{RunningSite, Task, sample_corpus};
use fedner_tests::{Answer, TestApp, small_federation};

const ROUNDS: u32 = 3;

fn samples(hospital: &str, file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/samples").join(hospital);
    folder.join(file).display().to_string()
}

fn federation(enrolment: Enrolment, sites: u32) -> FederationConfig {
    FederationConfig {
        enrolment,
        // No site may be too slow for its round, on whatever machine.
        rounds: RoundPolicy {
            min_sites: sites,
            quorum: sites,
            deadline_s: 24 * 3600,
            rounds: ROUNDS,
            local_steps: LocalSteps::Fixed(10),
        },
        training: TrainingPolicy {
            learning_rate: 1e-2,
            warmup_steps: 5,
            finish_passes: 0,
            finish_steps_min: 0,
            ..TrainingPolicy::default()
        },
        ..small_federation("test")
    }
}

/// A hospital with a state folder of its own.
struct Hospital {
    name: &'static str,
    state: PathBuf,
}

impl Hospital {
    fn new(name: &'static str, folder: &Path) -> Self {
        Self { name, state: folder.join(name) }
    }

    fn join(&self, link: Option<&str>) -> Command {
        let mut command = program(&["join", "--json", "--state"]);
        command.arg(&self.state);
        command.args(["--train", &samples(self.name, "train.conll"), "--dev", &samples(self.name, "held-out.conll")]);
        if let Some(link) = link {
            command.args(["--invite", link]);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(&self, link: Option<&str>) -> Child {
        self.join(link).spawn().expect("the program starts")
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedner-site"));
    command.args(arguments);
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program runs")
}

fn last_line(output: &Output) -> serde_json::Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

async fn waited(child: Child) -> Output {
    let waiting = tokio::task::spawn_blocking(|| child.wait_with_output());
    waiting.await.expect("nothing panics").expect("the program ends")
}

fn assert_finished(output: &Output) {
    let line = last_line(output);
    assert_eq!(output.status.code(), Some(0), "{line}");
    assert_eq!((line["kind"].as_str(), line["finished"].as_bool()), (Some("participated"), Some(true)), "{line}");
    assert_eq!((line["version"].as_u64(), line["rounds"].is_u64()), (Some(ROUNDS.into()), true), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_and_a_participant_in_one_federation_one_killed_in_the_middle() {
    let app = TestApp::builder().federation(federation(Enrolment::Open, 3)).real_clock().start().await;
    let link = format!("{}/#join=test", app.origin());
    let folder = app.folder();
    let (north, riverside) = (Hospital::new("north", folder), Hospital::new("riverside", folder));
    let third = RunningSite::start(Task::new(app.origin(), sample_corpus("lakeside"), 3));
    let second = riverside.start(Some(&link));

    // Killed as soon as it trains for the federation.
    let mut first = north.start(Some(&link));
    let lines = BufReader::new(first.stdout.take().expect("a pipe")).lines();
    let step = lines.map_while(Result::ok).find(|line| line.contains(r#""kind":"step""#));
    assert!(step.is_some(), "it trains");
    first.kill().expect("it runs");
    first.wait().expect("it ends");
    // The credential is in the state folder: the invitation isn't needed again, and no new site appears.
    let first = waited(north.start(None)).await;
    assert_finished(&first);
    assert_finished(&waited(second).await);
    let (third, _) = tokio::task::block_in_place(|| third.join());
    assert!(third.outcome.expect("it takes part").finished);
    let http = app.http().get(format!("{}/api/v1/admin/sites", app.origin())).bearer_auth(app.operator());
    let sites: Vec<serde_json::Value> = Answer::of(http).await.json();
    assert_eq!(sites.len(), 3, "{sites:?}");

    used_by_other_commands(&north, folder);
}

/// What the site has learnt is exported, opened again as the page opens it, and finds the same.
fn used_by_other_commands(site: &Hospital, folder: &Path) {
    let (archive, state) = (folder.join("model.zip").display().to_string(), site.state.display().to_string());
    let exported = run(&mut program(&["export", &archive, "--state", &state, "--name", "Ward 3"]));
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let held_out = samples(site.name, "held-out.conll");
    let f1 = |model: [&str; 2]| {
        let scored = run(&mut program(&["evaluate", &held_out, "--json", model[0], model[1]]));
        last_line(&scored)["strict"]["f1"].as_f64().expect("a score")
    };
    let of_the_archive = f1(["--model", &archive]);
    assert!(of_the_archive > 0.1 && of_the_archive == f1(["--state", &state]), "{of_the_archive}");
    let tagged = folder.join("tagged.jsonl").display().to_string();
    let predicted =
        run(&mut program(&["predict", &held_out, &tagged, "--to", "doccano", "--model", &archive, "--json"]));
    let line = last_line(&predicted);
    assert_eq!(line["kind"], "predicted", "{line}");
    assert!(line["entities"].as_u64() > Some(0), "{line}");
    let scored_by_the_model = run(&mut program(&["evaluate", &tagged, "--json", "--model", &archive]));
    assert_eq!(last_line(&scored_by_the_model)["strict"]["f1"], 1.0, "its own entities are read back as they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_lets_one_state_folder_in_and_its_files_are_private() {
    let app = TestApp::builder().federation(federation(Enrolment::Invitation, 1)).real_clock().start().await;
    let made = app.invite("test", "Ward 3").await;
    let north = Hospital::new("north", app.folder());
    assert_finished(&waited(north.start(Some(&made.link))).await);
    #[cfg(unix)]
    for entry in std::fs::read_dir(&north.state).expect("a folder").map(|entry| entry.expect("a file")) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = entry.metadata().expect("a file").permissions().mode() & 0o777;
        assert!(mode == 0o600 || entry.file_name() == "lock", "{:?} {mode:o}", entry.file_name());
    }
    let other = waited(Hospital::new("riverside", app.folder()).start(Some(&made.link))).await;
    assert_eq!((other.status.code(), &last_line(&other)["status"]), (Some(5), &5.into()), "{other:?}");
    let secret = made.link.split_once("invitation=").expect("a secret").1;
    assert!(!String::from_utf8_lossy(&other.stdout).contains(secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_mask_their_updates() {
    let masked = FederationConfig {
        secure_aggregation: Some(SecureAggregation { clip: 0.3, step_s: 3600, ..SecureAggregation::default() }),
        aggregation: Aggregation::Mean { weighting: Weighting::Uniform },
        ..federation(Enrolment::Open, 3)
    };
    let app = TestApp::builder().federation(masked).real_clock().start().await;
    let link = format!("{}/#join=test", app.origin());
    let hospitals = ["north", "riverside", "lakeside"].map(|name| Hospital::new(name, app.folder()));
    let running: Vec<Child> = hospitals.iter().map(|hospital| hospital.start(Some(&link))).collect();
    for child in running {
        assert_finished(&waited(child).await);
    }
}

#[test]
fn training_alone_leaves_a_model_and_goes_on_from_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state").display().to_string();
    let (train, dev) = (samples("north", "train.conll"), samples("north", "held-out.conll"));
    let alone = ["train", "--train", &train, "--dev", &dev, "--state", &state, "--seed", "1", "--json", "--epochs"];
    let trained = |epochs: &str| last_line(&run(program(&alone).arg(epochs)));
    let first = trained("8");
    let f1 = |line: &serde_json::Value| line["scores"]["strict"]["f1"].as_f64().expect("a score");
    assert_eq!((first["kind"].as_str(), first["epochs"].as_u64()), (Some("trained"), Some(8)), "{first}");
    assert!(f1(&first) > 0.2, "{first}");
    // One pass over a new model finds next to nothing.
    let second = trained("1");
    assert!(f1(&second) > 0.2, "{second}");
}

#[test]
fn what_cannot_be_done_has_a_status_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state").display().to_string();
    let (nothing, train) = (folder.path().join("none.conll").display().to_string(), samples("north", "train.conll"));
    for (status, arguments) in [
        (2, vec!["join", "--train", &train, "--state", &state]),
        (2, vec!["join", "--train", &train, "--state", &state, "--invite", "http://fedner.example/#join=a"]),
        (3, vec!["train", "--train", &nothing, "--state", &state]),
        (4, vec!["evaluate", &train, "--model", &train]),
        (4, vec!["predict", &train, "-", "--to", "doccano", "--state", &nothing]),
    ] {
        let output = run(&mut program(&arguments));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {message}");
        assert!(message.starts_with("error: "), "{message}");
    }
}
