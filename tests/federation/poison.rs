//! What a poisoned site costs the others; `cargo xtask poison` measures it by aggregation.

use fedner_protocol::Aggregation;
use fedner_tests::participant::{Attack, Defence, MEAN, PoisonedFederation, run_poisoned, sample_corpus};

#[tokio::test(flavor = "multi_thread")]
async fn a_median_withstands_what_spoils_a_mean() {
    let sites = ["north", "riverside", "lakeside"].map(sample_corpus).to_vec();
    let setting = PoisonedFederation { sites, poisoned: 1, rounds: 3, local_steps: 15 };
    let attack = Some(Attack::Times100);
    let mean = run_poisoned(&setting, &Defence::new("mean", MEAN), attack, 1).await;
    let median = run_poisoned(&setting, &Defence::new("median", Aggregation::Median {}), attack, 1).await;
    assert!(median.f1() > mean.f1() + 0.1, "median {:?}, mean {:?}", median.f1s, mean.f1s);
}
