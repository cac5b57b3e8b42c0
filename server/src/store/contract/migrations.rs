use sqlx::AnyPool;

use super::*;
use crate::optimiser::OptimiserState;

/// A database as version 0001 left it: a federation with an optimiser state in its row.
async fn old_database(folder: &std::path::Path) {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}?mode=rwc", folder.join("fedner.sqlite").display());
    let pool = AnyPool::connect(&url).await.unwrap();
    crate::store::migrations::SQLITE.run_to(1, &pool).await.unwrap();
    let insert = "INSERT INTO federations (id, manifest, seed, version, attempt, optimiser_state)
                  VALUES ('test', $1, '7', 4, 2, $2)";
    let state = OptimiserState::Momentum { velocity: vec![1.5, 2.5] }.to_bytes();
    let manifest = String::from(new_federation("test").manifest);
    sqlx::query(insert).bind(manifest).bind(state).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn a_database_of_the_first_version_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    old_database(folder.path()).await;
    let store = Store::in_folder(folder.path()).await;
    let stored = store.open_federation(&new_federation("test")).await.unwrap();
    assert_eq!((stored.seed, stored.version, stored.round.attempt), (7, 4, 2));
    let state = store.optimiser_state(&test()).await.unwrap();
    assert_eq!(state.to_bytes(), OptimiserState::Momentum { velocity: vec![1.5, 2.5] }.to_bytes());
    store.set_round(&test(), stored.revision, &open_round(3), None, NOW).await.unwrap().unwrap();
}
