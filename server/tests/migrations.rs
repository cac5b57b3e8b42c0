//! Stores that earlier versions wrote are brought up to date by the first start, once, and lose nothing.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod harness;

use std::path::Path;

use fedner_protocol::{Digest, Happened, InvitationState, Phase};
use fedner_tests::{Site, update_id};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row};

use self::harness::{Folder, connect_to_file};

/// The configuration with which version 1 wrote `store-0001.sql`.
const CONFIG: &str = r#"
[listen]
address = "127.0.0.1:0"

[log]
level = "warn"

[[federations]]
id = "test"
name = "Test"
enrolment = "open"
sites_may_learn_each_others_updates = true
[federations.rounds]
min_sites = 2
quorum = 2
[federations.aggregation]
kind = "mean"
weighting = "samples"
[federations.optimiser]
kind = "momentum"
learning_rate = 1.0
momentum = 0.5
[federations.model]
features = [{ feature = "form", rows = 8 }]
hashes = 1
hash_seed = 1
embedding_width = 4
encoder_width = 4
encoder_blocks = 0
private_blocks = 0
"#;

const VERSION_1: &str = include_str!("../testdata/store-0001.sql");
/// The sites in it.
const CREDENTIALS: [&str; 2] = [
    "62481307-9dc5-4f36-a4b8-7f5688445fd1.10cbebcf8a34d0be469a3da0b18c1c3586ad50b261cad2b2be97905e4b9a8233",
    "00b9b697-e0df-463e-8b07-7b0c2f161f54.f5263dbb6edf2a141a3290bfd528d92afc7fc6f1e4052a64603a816e97198feb",
];
/// What version 1 of the program itself made of it after one more update.
const VERSION_2_OF_THE_MODEL: &str = "8541cd3cb6aba814ce4999d9de6eda01ddd1c87809772e42a115f45cc513e611";

/// The migrations, by their files.
async fn migrations() -> Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    Migrator::new(folder).await.expect("the folder can be read")
}

async fn open(file: &Path) -> AnyConnection {
    let mut database = connect_to_file(file).await;
    database.execute("PRAGMA journal_mode = WAL").await.unwrap();
    database
}

/// A data folder as version 1 left it, brought up to the migration `version` by hand.
async fn store_of(version: i64) -> Folder {
    let folder = Folder::with_text(CONFIG);
    std::fs::create_dir(folder.data()).unwrap();
    let mut database = open(&folder.data().join("fedner.sqlite")).await;
    database.execute(AssertSqlSafe(VERSION_1)).await.unwrap();
    migrations().await.run_to(version, &mut database).await.unwrap();
    database.close().await.unwrap();
    folder
}

/// The sites of the stored federation go on and the round is merged as version 1 would have merged it.
async fn goes_on(folder: &Folder) {
    let program = folder.start();
    let [one, two] = CREDENTIALS.map(|credential| Site::known(&program.origin, "test", credential));
    let mut events = one.events().await;
    let _present = two.events().await;
    let connected = events.next().await.unwrap();
    assert_eq!(connected.state.version, 1);
    assert!(matches!(connected.state.phase, Phase::Open { round: 2, received: 1, .. }), "{connected:?}");
    two.send(2, update_id(4), 20, 1.0).await;
    events.wait_for(Happened::RoundMerged { round: 2, sites: 2 }).await;
    assert_eq!(Digest::of(&one.model_bytes(2).await).as_str(), VERSION_2_OF_THE_MODEL);
    program.stop();
    assert!(folder.run(&["audit", "verify"]).good().contains("is whole"));
}

#[tokio::test]
async fn a_store_of_every_earlier_version_goes_on() {
    let versions: Vec<_> = migrations().await.iter().map(|migration| migration.version).collect();
    assert_eq!(versions[0], 1);
    for version in versions {
        goes_on(&store_of(version).await).await;
    }
}

/// What version 5 of the store is like: `store-0005.sqlite` is the very file that the program left when it was stopped,
/// after a merge by Adam and with one update of round 2 acknowledged. Its configuration was [`CONFIG`] with that optimiser.
mod version_5 {
    /// The sites in it.
    pub const CREDENTIALS: [&str; 2] = [
        "acf99f20-ee4e-4bef-b3fa-19f62f609c65.082ee49107e976f48864624ed00a5f1a00a12b2da4dfdb4658e96e4b02737687",
        "5b6be1f3-458c-4a79-81d6-4a2d8a969924.e79e31857a79f27c94c72b88565161207070fcddbefb7c3fefe385af0843f784",
    ];
    /// An invitation that nobody has used.
    pub const INVITATION: &str = "32537ee0-919b-4c5c-96b4-3a59a080d82d";
    /// Where its audit log ended.
    pub const AUDIT_HEAD: &str = "c67e9f9898e8161b085cb74425228efeeabfa90cef5913141508f1985c38ce60";
    /// The model in it.
    pub const MODEL_1: &str = "0250c8c8f898eab7728c7ec19bd448229e6c3121953039e4ad91d871825ffa3c";
    /// What the program itself made of it after one more update.
    pub const MODEL_2: &str = "217687a2a00d3e644795ac356a6ff292567754595f7c217d6b0794e555a3610f";
}

#[tokio::test]
async fn a_file_that_version_5_left_goes_on() {
    let momentum = "kind = \"momentum\"\nlearning_rate = 1.0\nmomentum = 0.5\n";
    let adam = "kind = \"adam\"\nlearning_rate = 0.1\nbeta_1 = 0.9\nbeta_2 = 0.99\nepsilon = 0.001\n";
    let folder = Folder::with_text(&CONFIG.replace(momentum, adam));
    std::fs::create_dir(folder.data()).unwrap();
    std::fs::write(folder.data().join("fedner.sqlite"), include_bytes!("../testdata/store-0005.sqlite")).unwrap();
    let program = folder.start();
    let [one, two] = version_5::CREDENTIALS.map(|credential| Site::known(&program.origin, "test", credential));
    assert_eq!(Digest::of(&one.model_bytes(1).await).as_str(), version_5::MODEL_1);
    let mut events = one.events().await;
    let _present = two.events().await;
    let state = events.next().await.unwrap().state;
    assert!(matches!(state.phase, Phase::Open { round: 2, received: 1, .. }), "{state:?}");
    two.send(2, update_id(4), 20, 1.0).await;
    events.wait_for(Happened::RoundMerged { round: 2, sites: 2 }).await;
    assert_eq!(Digest::of(&one.model_bytes(2).await).as_str(), version_5::MODEL_2);
    program.stop();
    let verified = folder.run(&["audit", "verify", "--head", version_5::AUDIT_HEAD]).good();
    assert!(verified.contains("is whole") && verified.contains("The noted head is row 11"), "{verified}");
    let invitations = folder.invitations();
    assert_eq!(invitations.len(), 2);
    let open = invitations.iter().find(|invitation| invitation.id.to_string() == version_5::INVITATION);
    assert_eq!(open.map(|invitation| invitation.state), Some(InvitationState::Open));
}

#[tokio::test]
async fn migrations_run_once() {
    let applied = async |folder: &Folder| {
        let mut database = open(&folder.data().join("fedner.sqlite")).await;
        let rows =
            sqlx::query("SELECT version, CAST(installed_on AS TEXT) AS at FROM _sqlx_migrations ORDER BY version");
        let rows = rows.fetch_all(&mut database).await.unwrap();
        let rows = rows.iter().map(|row| (row.get::<i64, _>("version"), row.get::<String, _>("at")));
        rows.collect::<Vec<_>>()
    };
    let folder = store_of(1).await;
    folder.start().stop();
    let first = applied(&folder).await;
    assert_eq!(first.len(), migrations().await.iter().count());
    folder.start().stop();
    assert_eq!(applied(&folder).await, first);
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_refused_and_left_as_it_is() {
    let newest = migrations().await.iter().map(|migration| migration.version).max().unwrap();
    let folder = store_of(newest).await;
    let file = folder.data().join("fedner.sqlite");
    let mut database = open(&file).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'of tomorrow', TRUE, x'00', 0)";
    database.execute(newer).await.unwrap();
    database.close().await.unwrap();
    let before = std::fs::read(&file).unwrap();
    for command in [&[][..], &["audit", "verify"]] {
        let output = folder.run(command).refused();
        assert!(output.contains("newer fedner-server") && output.contains("9999"), "{output}");
    }
    assert!(std::fs::read(&file).unwrap() == before);
}
