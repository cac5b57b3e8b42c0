//! What an operator does by a command, and what the server stores beside the rounds: the program dies there, is asked
//! again, and the store holds it once or not at all.

use std::os::unix::process::ExitStatusExt;

use fedner_protocol::{EnrolResponse, Happened, InvitationRecord, InvitationState, Phase, ProblemCode};
use fedner_server::failpoint::{Moment, WritePoint};
use fedner_tests::{Answer, Site, update_id};
use reqwest::{Client, Method, RequestBuilder};
use sqlx::Row;

use crate::Store;
use crate::harness::{Folder, Program, Ran, acceptance, config, meddle};

/// What is tested here, and how often an act comes to its write point: on SQLite, on PostgreSQL.
pub const VISITS: &[(WritePoint, [u32; 2])] = &[
    (WritePoint::MakeInvitation, [1, 1]),
    (WritePoint::RevokeInvitation, [1, 1]),
    (WritePoint::RevokeSite, [1, 1]),
    (WritePoint::PauseFederation, [1, 1]),
    (WritePoint::SetAside, [1, 1]),
    // PostgreSQL is copied in a transaction; the file then gets its name.
    (WritePoint::BackUp, [1, 2]),
    // The first notes it in the audit log of the file that is made ready.
    (WritePoint::Restore, [2, 2]),
    (WritePoint::EnrolSite, [1, 1]),
    (WritePoint::RenewCredential, [1, 1]),
    (WritePoint::SeeSite, [1, 1]),
    (WritePoint::Probe, [1, 1]),
];

const INVITE: &[&str] =
    &["invite", "--federation", "test", "--name", "Ward 3", "--public-url", "https://fedner.example.org"];

/// Dies at each of these places in a store of its own.
pub async fn done_once_or_not_at_all(store: Store) {
    for (point, [sqlite, postgres]) in VISITS {
        let visits = match store {
            Store::Sqlite => *sqlite,
            Store::Postgres => *postgres,
        };
        for place in Place::all(*point, visits) {
            let Some(database) = store.create().await else { return };
            let folder = Folder::new(&config(1, |_| ())).on(database);
            place.visit(&Bench { folder, place }).await;
        }
    }
}

/// Where the program dies.
#[derive(Debug, Clone, Copy)]
struct Place {
    point: WritePoint,
    moment: Moment,
    visit: u32,
    is_last: bool,
}

impl Place {
    fn all(point: WritePoint, visits: u32) -> impl Iterator<Item = Self> {
        let moments = move |visit| {
            Moment::ALL.iter().map(move |moment| Self { point, moment: *moment, visit, is_last: visit == visits })
        };
        (1..=visits).flat_map(moments)
    }

    /// Whether the act is done when the program dies here.
    fn is_done(self) -> bool {
        self.is_last && self.moment == Moment::AfterCommit
    }

    async fn visit(self, bench: &Bench) {
        match self.point {
            WritePoint::MakeInvitation => bench.invite().await,
            WritePoint::RevokeInvitation => bench.revoke_invitation().await,
            WritePoint::RevokeSite => bench.revoke_site().await,
            WritePoint::PauseFederation => bench.pause_and_resume().await,
            WritePoint::SetAside => bench.set_aside().await,
            WritePoint::BackUp => bench.back_up().await,
            WritePoint::Restore => bench.restore().await,
            WritePoint::EnrolSite => bench.enrol().await,
            WritePoint::RenewCredential => bench.renew_credential().await,
            WritePoint::SeeSite => bench.see_site().await,
            WritePoint::Probe => bench.probe().await,
            other => unreachable!("{other:?} is a federation's own"),
        }
        bench.assert_audited_once();
    }
}

/// A folder in which the program dies once.
struct Bench {
    folder: Folder,
    place: Place,
}

impl Bench {
    fn failpoint(&self) -> String {
        let Place { point, moment, visit, .. } = self.place;
        format!("{}:{}:{visit}", point.name(), moment.name())
    }

    /// Runs a command that dies.
    fn die(&self, arguments: &[&str]) {
        let status = self.folder.command().args(arguments).env("FEDNER_FAILPOINT", self.failpoint()).output();
        let status = status.unwrap().status;
        assert_eq!(status.signal(), Some(9), "{:?}: {arguments:?} ended with {status}", self.place);
    }

    /// Starts a server that will die.
    fn start_to_die(&self) -> Program {
        Program::start(self.folder.command().env("FEDNER_FAILPOINT", self.failpoint())).unwrap()
    }

    /// Asks for what the server dies of.
    async fn die_of(&self, program: Program, request: RequestBuilder) {
        assert!(request.send().await.is_err(), "{:?}: there is an answer", self.place);
        assert_eq!(program.wait().signal(), Some(9), "{:?}", self.place);
    }

    /// Repeats a command that says so when there is nothing to do any more.
    fn repeat(&self, arguments: &[&str]) {
        let Ran { success, stderr, .. } = self.folder.run(arguments);
        assert_eq!(success, !self.place.is_done(), "{:?}: {stderr}", self.place);
    }

    /// Each act has its row in the audit log, however often it was asked for.
    fn assert_audited_once(&self) {
        let Self { folder, place } = self;
        assert!(folder.run(&["audit", "verify"]).good().contains("is whole"), "{place:?}");
        let log = folder.run(&["audit", "show"]).good();
        let (invitations, sites) = (folder.invitations(), folder.sites());
        let taken_back = |made: &&InvitationRecord| matches!(made.state, InvitationState::Revoked { .. });
        let paused = usize::from(matches!(place.point, WritePoint::PauseFederation | WritePoint::SetAside));
        for (kind, count) in [
            ("invitation-made", invitations.len()),
            ("invitation-revoked", invitations.iter().filter(taken_back).count()),
            ("site-enrolled", sites.len()),
            ("site-revoked", sites.iter().filter(|site| site.revoked_at_ms.is_some()).count()),
            ("federation-paused", paused),
            ("federation-resumed", paused),
        ] {
            assert_eq!(log.matches(kind).count(), count, "{place:?}: {kind} in\n{log}");
        }
    }

    fn invitation(&self) -> InvitationState {
        self.folder.invitations()[0].state
    }

    async fn invite(&self) {
        self.folder.start().stop();
        self.die(INVITE);
        let there = self.folder.invitations().len();
        assert_eq!(there, usize::from(self.place.is_done()), "{:?}", self.place);
        let link = self.folder.run(INVITE).good();
        assert_eq!(self.folder.invitations().len(), there + 1);
        let program = self.folder.start();
        assert_eq!(Answer::of(acceptance(&program.origin, &link, 1)).await.status, 201);
        program.stop();
    }

    async fn revoke_invitation(&self) {
        self.folder.start().stop();
        let link = self.folder.run(INVITE).good();
        let id = self.folder.invitations()[0].id.to_string();
        let revoke = ["invitations", "revoke", &id];
        self.die(&revoke);
        assert_eq!(self.invitation() != InvitationState::Open, self.place.is_done(), "{:?}", self.place);
        self.repeat(&revoke);
        assert!(matches!(self.invitation(), InvitationState::Revoked { .. }));
        let program = self.folder.start();
        let refused = Answer::of(acceptance(&program.origin, &link, 1)).await;
        assert_eq!(refused.problem().code, ProblemCode::InvitationRevoked);
        program.stop();
    }

    async fn revoke_site(&self) {
        let program = self.folder.start();
        let site = Site::enrol(&program.origin, "test").await;
        let id = site.id.to_string();
        let revoke = ["sites", "revoke", &id];
        self.die(&revoke);
        assert_eq!(site.get("").await.status != 200, self.place.is_done(), "{:?}", self.place);
        self.repeat(&revoke);
        assert_eq!(site.get("").await.problem().code, ProblemCode::SiteRevoked);
        program.stop();
    }

    async fn pause_and_resume(&self) {
        let program = self.folder.start();
        let site = Site::enrol(&program.origin, "test").await;
        for (act, is_paused) in [("pause", true), ("resume", false)] {
            let command = [act, "--federation", "test"];
            self.die(&command);
            let done = (site.state().await.phase == Phase::Paused) == is_paused;
            assert_eq!(done, self.place.is_done(), "{:?}: {act}", self.place);
            self.folder.run(&command).good();
            assert_eq!(site.state().await.phase == Phase::Paused, is_paused);
        }
        program.stop();
    }

    /// While the federation is paused, an update loses its bytes; once it is resumed, the merge finds out.
    async fn set_aside(&self) {
        let program = self.start_to_die();
        let site = Site::enrol(&program.origin, "test").await;
        self.folder.run(&["pause", "--federation", "test"]).good();
        let body = site.update(1, 10, 1.0).await;
        while site.put(1, update_id(1), body.clone()).await.status != 201 {}
        let bytes = if self.folder.is_on_postgres() { "BYTEA" } else { "BLOB" };
        let rot = format!("UPDATE updates SET body = CAST('rotten' AS {bytes})");
        meddle(self.folder.connect().await, &rot).await;
        let _present = site.events().await;
        self.folder.run(&["resume", "--federation", "test"]).good();
        assert_eq!(program.wait().signal(), Some(9), "{:?}", self.place);
        let program = self.folder.start();
        let site = site.at_origin(&program.origin);
        let mut events = site.events().await;
        while !matches!(events.next().await.unwrap().state.phase, Phase::Open { attempt: 2, received: 0, .. }) {}
        assert_eq!(site.put(1, update_id(1), body).await.status, 201);
        events.wait_for(Happened::RoundMerged { round: 1, sites: 1 }).await;
        program.stop();
        let log = self.folder.run(&["audit", "show"]).good();
        assert_eq!(log.matches("row-damaged").count(), 1, "{:?}: {log}", self.place);
    }

    async fn back_up(&self) {
        let program = self.folder.start();
        let site = Site::enrol(&program.origin, "test").await;
        let file = self.folder.path().join("backup.sqlite");
        let command = ["backup", "--to", file.to_str().unwrap()];
        self.die(&command);
        assert_eq!(file.exists(), self.place.is_done(), "{:?}", self.place);
        self.repeat(&command);
        program.stop();
        let beside = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = beside.filter(|name| name.to_str().unwrap().starts_with("backup.sqlite.")).collect();
        assert!(left.is_empty(), "{:?}: {left:?}", self.place);
        let elsewhere = Folder::new(&config(1, |_| ()));
        elsewhere.run(&["restore", "--from", file.to_str().unwrap()]).good();
        assert_eq!(elsewhere.sites()[0].id, site.id);
        assert!(elsewhere.run(&["audit", "verify"]).good().contains("is whole"));
    }

    async fn restore(&self) {
        let program = self.folder.start();
        let kept = Site::enrol(&program.origin, "test").await;
        let file = self.folder.path().join("backup.sqlite");
        self.folder.run(&["backup", "--to", file.to_str().unwrap()]).good();
        let lost = Site::enrol(&program.origin, "test").await;
        program.stop();
        let command = ["restore", "--from", file.to_str().unwrap(), "--force"];
        self.die(&command);
        assert_eq!(self.folder.sites().len(), if self.place.is_done() { 1 } else { 2 }, "{:?}", self.place);
        assert!(self.folder.run(&["audit", "verify"]).good().contains("is whole"), "{:?}", self.place);
        self.folder.run(&command).good();
        assert!(!self.folder.data().join("restoring").exists(), "{:?}", self.place);
        let log = self.folder.run(&["audit", "show"]).good();
        assert_eq!(log.matches("store-restored").count(), 1, "{:?}: {log}", self.place);
        let program = self.folder.start();
        kept.at_origin(&program.origin).info().await;
        assert_eq!(lost.at_origin(&program.origin).get("").await.problem().code, ProblemCode::NotEnrolled);
        program.stop();
    }

    /// With an invitation: site and invitation change together.
    async fn enrol(&self) {
        let program = self.start_to_die();
        let link = self.folder.run(INVITE).good();
        let request = acceptance(&program.origin, &link, 1);
        self.die_of(program, request).await;
        assert_eq!(self.folder.sites().len(), usize::from(self.place.is_done()), "{:?}", self.place);
        assert_eq!(self.invitation() != InvitationState::Open, self.place.is_done(), "{:?}", self.place);
        let program = self.folder.start();
        let answer = Answer::of(acceptance(&program.origin, &link, 1)).await;
        assert_eq!(answer.status, 201, "{:?}: {}", self.place, answer.text());
        Site::enrolled(answer.json(), &program.origin, "test").info().await;
        let other = Answer::of(acceptance(&program.origin, &link, 2)).await;
        assert_eq!(other.problem().code, ProblemCode::InvitationUsed);
        assert_eq!(self.folder.sites().len(), 1, "{:?}", self.place);
        program.stop();
    }

    async fn renew_credential(&self) {
        let program = self.start_to_die();
        let link = self.folder.run(INVITE).good();
        let first: EnrolResponse = Answer::of(acceptance(&program.origin, &link, 1)).await.json();
        // As far as the browser knows, that answer was lost.
        let again = acceptance(&program.origin, &link, 1);
        self.die_of(program, again).await;
        let program = self.folder.start();
        let last: EnrolResponse = Answer::of(acceptance(&program.origin, &link, 1)).await.json();
        assert_eq!((last.site, self.folder.sites().len()), (first.site, 1), "{:?}", self.place);
        let refused = Site::enrolled(first, &program.origin, "test").get("").await;
        assert_eq!(refused.problem().code, ProblemCode::NotEnrolled, "{:?}", self.place);
        Site::enrolled(last, &program.origin, "test").info().await;
        program.stop();
    }

    async fn see_site(&self) {
        let program = self.start_to_die();
        let site = Site::enrol(&program.origin, "test").await;
        self.die_of(program, site.request(Method::GET, "")).await;
        assert_eq!(self.folder.sites()[0].seen_at_ms.is_some(), self.place.is_done(), "{:?}", self.place);
        let program = self.folder.start();
        site.at_origin(&program.origin).info().await;
        assert!(self.folder.sites()[0].seen_at_ms.is_some());
        program.stop();
    }

    /// The server looks whether it can write again after a change failed.
    async fn probe(&self) {
        let program = self.start_to_die();
        let (refuse, allow) = match self.folder.is_on_postgres() {
            false => (
                "CREATE TRIGGER no_room BEFORE INSERT ON sites BEGIN SELECT RAISE(ABORT, 'no room'); END",
                "DROP TRIGGER no_room",
            ),
            true => (
                "CREATE FUNCTION no_room() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no room'; END $$ LANGUAGE plpgsql;
                 CREATE TRIGGER no_room BEFORE INSERT ON sites FOR EACH ROW EXECUTE FUNCTION no_room()",
                "DROP TRIGGER no_room ON sites; DROP FUNCTION no_room",
            ),
        };
        meddle(self.folder.connect().await, refuse).await;
        let link = self.folder.run(INVITE).good();
        let refused = Answer::of(acceptance(&program.origin, &link, 1)).await;
        assert_eq!(refused.problem().code, ProblemCode::Unavailable);
        meddle(self.folder.connect().await, allow).await;
        let health = |program: &Program| Client::new().get(format!("{}/healthz", program.origin));
        let request = health(&program);
        self.die_of(program, request).await;
        let mut database = self.folder.connect().await;
        let row = sqlx::query("SELECT count(*) AS found FROM probes").fetch_one(&mut database).await.unwrap();
        assert_eq!(row.get::<i64, _>("found"), 0, "{:?}", self.place);
        let program = self.folder.start();
        assert_eq!(Answer::of(health(&program)).await.status, 200);
        assert_eq!(Answer::of(acceptance(&program.origin, &link, 1)).await.status, 201);
        program.stop();
    }
}
