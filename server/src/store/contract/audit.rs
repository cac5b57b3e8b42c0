use sqlx::AssertSqlSafe;

use super::*;
use crate::audit::{Actor, AuditEntry, AuditEvent, ChainError, ChainHash};
use crate::failpoint::WritePoint;

fn entry(round: u32) -> AuditEntry {
    let event = AuditEvent::RoundOpened { round, attempt: 1 };
    AuditEntry { at: NOW, actor: Actor::Server, federation: Some(test()), event }
}

async fn append(store: &Store, rounds: std::ops::Range<u32>) {
    for round in rounds {
        store.append_audit(WritePoint::StartServer, &entry(round)).await.unwrap();
    }
}

/// Runs statements as somebody would who can write the database but not this program.
async fn meddle(store: &Store, statements: &[&str]) -> Result<(), sqlx::Error> {
    for statement in statements {
        sqlx::query(AssertSqlSafe((*statement).to_owned())).execute(&store.writer).await?;
    }
    Ok(())
}

/// Takes the guards away, as an owner of the database can.
async fn lift_guards(store: &Store) {
    let statements: &[&str] = match store.dialect {
        Dialect::Sqlite => &[
            "DROP TRIGGER audit_not_changed",
            "DROP TRIGGER audit_not_removed",
            "DROP TRIGGER audit_head_not_set_back",
        ],
        Dialect::Postgres => &["ALTER TABLE audit DISABLE TRIGGER USER", "ALTER TABLE audit_head DISABLE TRIGGER USER"],
    };
    meddle(store, statements).await.unwrap();
}

on_both_databases! {
    async fn each_act_is_in_the_log_once(bench) {
        let store = &bench.store;
        let site = new_site();
        store.enrol(&site, NOW, 1).await.unwrap();
        store.enrol(&new_site(), NOW, 1).await.unwrap();
        let revision = store.federation(&test()).await.unwrap().revision;
        let opened = store.set_round(&test(), revision, &open_round(3), None, NOW).await.unwrap().unwrap();
        assert_eq!(store.set_round(&test(), revision, &open_round(4), None, NOW).await.unwrap(), None);
        let failed = StoredRound { attempt: 4, deadline: None, ..open_round(3) };
        store.set_round(&test(), opened, &failed, None, NOW).await.unwrap().unwrap();
        let rows = store.audit_rows(0, 10).await.unwrap();
        let entries: Vec<_> = rows.iter().map(|row| (row.kind.as_str(), row.actor.clone(), row.detail.as_str())).collect();
        assert_eq!(entries[0].0, "federation-started");
        assert_eq!(entries[1], ("site-enrolled", format!("site {}", site.id), &*format!("{{\"site\":\"{}\"}}", site.id)));
        assert_eq!(entries[2], ("round-opened", "server".to_owned(), "{\"attempt\":3,\"round\":1}"));
        assert_eq!(entries[3], ("round-failed", "server".to_owned(), "{\"attempt\":3,\"round\":1}"));
        assert_eq!((rows.len(), rows[3].federation.as_deref(), rows[3].at), (4, Some("test"), NOW));
        assert_eq!(store.verify_audit(None).await.unwrap().unwrap().rows, 4);
        assert_eq!(store.audit_rows(2, 1).await.unwrap(), rows[2..3]);
    }

    async fn many_at_once_make_one_chain(bench) {
        let second = bench.second().await;
        let before = bench.store.audit_head().await.unwrap().rows;
        let (one, two, three) = (&bench.store, &second, &bench.store);
        tokio::join!(append(one, 0..20), append(two, 20..40), append(three, 40..60));
        assert_eq!(bench.store.verify_audit(None).await.unwrap().unwrap().rows, before + 60);
    }

    async fn the_database_refuses_to_change_the_log(bench) {
        append(&bench.store, 1..4).await;
        for statement in [
            "UPDATE audit SET kind = 'x' WHERE number = 2",
            "DELETE FROM audit WHERE number = 4",
            "DELETE FROM audit",
            "DELETE FROM audit_head",
            "UPDATE audit_head SET row_count = 1",
            "INSERT INTO audit VALUES (2, 0, 'x', NULL, 'x', '{}', 'x')",
        ] {
            assert!(meddle(&bench.store, &[statement]).await.is_err(), "{statement}");
        }
        match bench.store.dialect {
            Dialect::Sqlite => {
                let replace = "INSERT OR REPLACE INTO audit VALUES (2, 0, 'x', NULL, 'x', '{}', 'x')";
                assert!(meddle(&bench.store, &[replace]).await.is_err());
            }
            Dialect::Postgres => assert!(meddle(&bench.store, &["TRUNCATE audit"]).await.is_err()),
        }
        assert_eq!(bench.store.verify_audit(None).await.unwrap().unwrap().rows, 4);
    }

    async fn what_gets_past_the_guards_is_found(bench) {
        let store = &bench.store;
        append(store, 1..800).await;
        lift_guards(store).await;
        let undo = "UPDATE audit SET number = 600 WHERE number = 10000";
        for (change, undo, found) in [
            ("UPDATE audit SET actor = 'operator' WHERE number = 700", "UPDATE audit SET actor = 'server' WHERE number = 700", ChainError::Changed(700)),
            ("UPDATE audit SET at_ms = at_ms + 1 WHERE number = 5", "UPDATE audit SET at_ms = at_ms - 1 WHERE number = 5", ChainError::Changed(5)),
            ("UPDATE audit SET federation = NULL WHERE number = 6", "UPDATE audit SET federation = 'test' WHERE number = 6", ChainError::Changed(6)),
            ("UPDATE audit SET number = 10000 WHERE number = 600", undo, ChainError::Missing { expected: 600, found: 601 }),
            ("UPDATE audit SET number = 10000 WHERE number = 800", "UPDATE audit SET number = 800 WHERE number = 10000", ChainError::Missing { expected: 800, found: 10000 }),
            ("UPDATE audit_head SET row_count = 900", "UPDATE audit_head SET row_count = 800", ChainError::Cut { last: 800, rows: 900 }),
        ] {
            meddle(store, &[change]).await.unwrap();
            assert_eq!(store.verify_audit(None).await.unwrap(), Err(found), "{change}");
            meddle(store, &[undo]).await.unwrap();
            store.verify_audit(None).await.unwrap().unwrap();
        }
        let head = store.audit_head().await.unwrap();
        meddle(store, &["DELETE FROM audit WHERE number > 700"]).await.unwrap();
        assert_eq!(store.verify_audit(None).await.unwrap(), Err(ChainError::Cut { last: 700, rows: 800 }));
        // Cut together with the head: only a head that was noted elsewhere shows it.
        let cut = "UPDATE audit_head SET row_count = 700, hash = (SELECT hash FROM audit WHERE number = 700)";
        meddle(store, &[cut]).await.unwrap();
        assert_eq!(store.verify_audit(None).await.unwrap().unwrap().rows, 700);
        assert_eq!(store.verify_audit(Some(head.hash)).await.unwrap(), Err(ChainError::Noted(head.hash)));
        assert_eq!(store.verify_audit(Some(ChainHash::START)).await.unwrap().unwrap().noted, Some(0));
    }
}
