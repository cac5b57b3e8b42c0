//! Which model a site uses while it takes part in a federation.

mod server;

use burn::tensor::Device;
use fedner_protocol::{Digest, Manifest, ModelSpec, Phase};
use pollster::block_on;

use crate::{
    corpus::Corpus,
    model::Model,
    observer::{Event, When},
    session::{Choice, Origin, Session, Which},
    training::tests::{Log, corpus, notes, recurrent, session, task},
};
use server::PlayedServer;

/// A session that was trained alone for some epochs.
fn trained(epochs: u64) -> Session {
    let mut session = session();
    block_on(session.train(&corpus(), &task(epochs), &mut Log::default())).unwrap();
    session
}

/// A session that has taken too few steps to find much.
fn barely_trained() -> Session {
    let (mut session, mut log) = (session(), Log { cancel_after_steps: Some(2), ..Log::default() });
    block_on(session.train(&corpus(), &task(1), &mut log)).unwrap();
    session
}

fn spec() -> ModelSpec {
    session().model.layout().spec().clone()
}

/// A shared module that has learnt nothing.
fn drawn(spec: &ModelSpec) -> Vec<f32> {
    Manifest::of(spec).draw(77)
}

fn digest(model: &Model) -> Digest {
    block_on(model.digest()).unwrap()
}

fn in_use(session: &Session, choice: Choice) -> Digest {
    digest(session.model_in_use(choice).unwrap())
}

/// The session in the newest checkpoint.
fn reloaded(log: &Log) -> Session {
    Session::restore(log.checkpoints.last().unwrap(), &Device::flex()).unwrap()
}

fn f1_in_use(session: &Session, corpus: &Corpus) -> f64 {
    let mut session = session.in_use(Choice::Better).into_owned();
    let held_out = corpus.held_out(session.model.layout().spec());
    block_on(session.score(&held_out, &mut Log::default())).unwrap().unwrap().strict.f1
}

/// Of every model that the federation gave.
fn f1s(log: &Log) -> Vec<f64> {
    let f1 = |e: &Event| if let Event::Scores { scores, .. } = e { Some(scores.strict.f1) } else { None };
    log.events.iter().filter_map(f1).collect()
}

fn best_in_history(log: &Log) -> f64 {
    f1s(log).into_iter().fold(0.0, f64::max)
}

#[test]
fn the_own_model_stays_in_use_while_the_site_waits_for_others() {
    let own = trained(12);
    let expected = digest(&own.model);
    let (mut site, mut log) = (Some(own), Log::default());
    PlayedServer::new("f", &spec(), vec![drawn(&spec())], 5).waiting(0).play(&mut site, &corpus(), &mut log);
    assert_eq!(digest(log.newest.as_ref().unwrap()), expected, "predictions are those of the own model");
    for session in [site.unwrap(), reloaded(&log)] {
        assert_eq!(in_use(&session, Choice::Better), expected);
        assert_ne!(digest(&session.model), expected, "what trains has the federation's shared module");
        let report = session.models_report();
        assert_eq!(report.better, Some(Which::Own));
        let [own, federation] = [report.own, report.federation].map(|model| model.unwrap().scores.unwrap().strict.f1);
        assert!(own > federation, "{own} {federation}");
        // And what is saved or trained on alone is the own model.
        assert_eq!(digest(&session.in_use(Choice::Better).model), expected);
        assert_eq!(digest(&session.to_train_alone(Choice::Better).model), expected);
    }
}

#[test]
fn a_worse_round_changes_nothing_and_the_session_goes_on_with_the_federation() {
    let own = trained(12);
    let (expected, before) = (digest(&own.model), f1_in_use(&own, &corpus()));
    let versions = vec![drawn(&spec()), drawn(&spec())];
    let server = || PlayedServer::new("f", &spec(), versions.clone(), 4);
    let (mut site, mut log) = (Some(own), Log::default());
    server().open(1).waiting(1).play(&mut site, &corpus(), &mut log);
    assert!(log.events.iter().any(|e| matches!(e, Event::Scores { when: When::Trained, .. })));
    assert_eq!(digest(log.newest.as_ref().unwrap()), expected);
    let mut back = Some(reloaded(&log));
    assert_eq!(back.as_ref().unwrap().state.version, 1);
    assert_eq!(in_use(back.as_ref().unwrap(), Choice::Better), expected);
    // After a reload it goes on, to the end of the federation.
    server().then(1, Phase::Finished).play(&mut back, &corpus(), &mut log);
    let back = back.unwrap();
    assert_eq!(in_use(&back, Choice::Better), expected);
    assert!(f1_in_use(&back, &corpus()) >= before);
}

#[test]
fn a_better_model_of_the_federation_is_used_and_the_own_one_is_kept() {
    let own = barely_trained();
    let expected = digest(&own.model);
    let server = PlayedServer::new("f", &spec(), vec![drawn(&spec()), drawn(&spec())], 150);
    let (mut site, mut log) = (Some(own), Log::default());
    server.open(1).waiting(1).play(&mut site, &corpus(), &mut log);
    let site = site.unwrap();
    let Some(best) = site.models_report().federation else { panic!("there is a model of the federation") };
    assert_eq!(best.origin, Origin::Round { federation: "f".parse().unwrap(), round: 1 });
    assert_ne!(in_use(&site, Choice::Better), expected, "{:?}", f1s(&log));
    assert!(log.events.iter().any(|e| matches!(e, Event::Notice { message } if message.contains("is better"))));
    // The merged version is as bad as the first one; the round's own training was the best, and it is what stays.
    assert_eq!(f1_in_use(&site, &corpus()), best_in_history(&log));
    assert_eq!(f1_in_use(&reloaded(&log), &corpus()), best_in_history(&log));
    assert_eq!(digest(log.newest.as_ref().unwrap()), in_use(&site, Choice::Better));
    for session in [site, reloaded(&log)] {
        assert_eq!(in_use(&session, Choice::Own), expected, "and back");
    }
}

#[test]
fn whoever_chose_the_own_model_keeps_it_whatever_the_federation_gives() {
    let own = barely_trained();
    let expected = digest(&own.model);
    let server = PlayedServer::new("f", &spec(), vec![drawn(&spec()), drawn(&spec())], 150);
    let (mut site, mut log) = (Some(own), Log { choice: Choice::Own, ..Log::default() });
    server.open(1).waiting(1).play(&mut site, &corpus(), &mut log);
    assert_eq!(digest(log.newest.as_ref().unwrap()), expected);
    assert_eq!(site.unwrap().models_report().better, Some(Which::Federation), "what is better is said all the same");
}

#[test]
fn without_a_model_of_its_own_a_site_uses_the_best_round() {
    let server = PlayedServer::new("f", &spec(), vec![drawn(&spec()), drawn(&spec())], 150);
    let (mut site, mut log) = (None, Log::default());
    let outcome = server.open(1).then(1, Phase::Finished).play(&mut site, &corpus(), &mut log);
    let site = site.unwrap();
    assert!(outcome.finished);
    assert_eq!(f1_in_use(&site, &corpus()), best_in_history(&log));
    assert!(f1_in_use(&site, &corpus()) > outcome.scores.unwrap().strict.f1, "the last round was worse");
    assert!(site.models_report().own.is_none());
}

#[test]
fn a_federation_of_another_size_leaves_the_own_model_in_use() {
    let own = trained(12);
    let expected = digest(&own.model);
    let server = PlayedServer::new("f", &recurrent(), vec![drawn(&recurrent())], 5);
    let (mut site, mut log) = (Some(own), Log::default());
    server.waiting(0).play(&mut site, &corpus(), &mut log);
    assert!(log.events.iter().any(|e| matches!(e, Event::Replaced { .. })));
    for session in [site.unwrap(), reloaded(&log)] {
        assert_eq!(session.model.layout().spec(), &recurrent());
        assert_eq!(in_use(&session, Choice::Better), expected);
        // It takes part in a federation of its own size with what it knows.
        let server = PlayedServer::new("g", &spec(), vec![drawn(&spec())], 5);
        let (mut site, mut log) = (Some(session), Log::default());
        server.waiting(0).play(&mut site, &corpus(), &mut log);
        let site = site.unwrap();
        assert_eq!(in_use(&site, Choice::Better), expected);
        let shared = site.model.layout().shared_parameters();
        let [now, own] = [&site.model, site.model_in_use(Choice::Own).unwrap()].map(|m| block_on(m.read()).unwrap());
        assert!(now[shared..] == own[shared..], "the private module is the trained one");
    }
}

#[test]
fn without_held_out_notes_the_own_model_is_used_until_the_federation_is_finished() {
    let notes: Vec<_> = notes().into_iter().map(|note| crate::corpus::Note { held_out: false, ..note }).collect();
    let corpus = Corpus::new(&notes, corpus().labels().clone());
    let own = trained(1);
    let expected = digest(&own.model);
    let server = || PlayedServer::new("f", &spec(), vec![drawn(&spec()), drawn(&spec())], 5);
    let (mut site, mut log) = (Some(own), Log::default());
    server().open(1).waiting(1).play(&mut site, &corpus, &mut log);
    assert_eq!(in_use(site.as_ref().unwrap(), Choice::Better), expected);
    server().then(1, Phase::Finished).play(&mut site, &corpus, &mut log);
    let site = site.unwrap();
    assert_eq!(in_use(&site, Choice::Better), digest(&site.model));
    assert!(
        log.events.iter().any(|e| matches!(e, Event::Notice { message } if message.contains("no note is held out")))
    );
    assert_eq!(in_use(&reloaded(&log), Choice::Own), expected);
}

#[test]
fn training_alone_after_a_federation_goes_on_with_the_model_in_use() {
    let own = trained(12);
    let expected = digest(&own.model);
    let (mut site, mut log) = (Some(own), Log::default());
    PlayedServer::new("f", &spec(), vec![drawn(&spec())], 5).waiting(0).play(&mut site, &corpus(), &mut log);
    let mut alone = site.unwrap().to_train_alone(Choice::Better);
    assert_eq!(digest(&alone.model), expected);
    block_on(alone.train(&corpus(), &task(1), &mut log)).unwrap();
    let report = reloaded(&log).models_report();
    assert_eq!((report.better, report.own.unwrap().origin), (Some(Which::Own), Origin::Alone));
}

/// A federation that is finished with a shared module that has learnt nothing.
fn finished(session: &mut Option<Session>, corpus: &Corpus, log: &mut Log) {
    let server = PlayedServer::new("f", &spec(), vec![drawn(&spec())], 4);
    server.then(0, Phase::Finished).with_baseline().play(session, corpus, log);
}

#[test]
fn a_site_that_the_federation_does_not_help_ends_with_a_model_trained_alone() {
    let (mut site, mut log) = (None, Log::default());
    finished(&mut site, &corpus(), &mut log);
    let report = site.as_ref().unwrap().models_report();
    let own = report.own.unwrap();
    assert_eq!((own.origin, report.better), (Origin::Baseline, Some(Which::Own)));
    assert!(own.scores.unwrap().strict.f1 > 0.9);
    let found = report.comparison.unwrap();
    assert!(found.difference < 0.0 && found.interval.high < 0.0, "{found:?}");
    // What the page is given is that model, now and after a reload; the curve is the federation's alone.
    let expected = in_use(site.as_ref().unwrap(), Choice::Better);
    assert_eq!(digest(log.newest.as_ref().unwrap()), expected);
    let back = reloaded(&log);
    assert_eq!(in_use(&back, Choice::Better), expected);
    assert_eq!(back.models_report().comparison, Some(found));
    assert!(f1s(&log).iter().all(|f1| *f1 < 0.9), "{:?}", f1s(&log));
}

#[test]
fn no_baseline_is_trained_for_a_site_with_a_model_of_its_own_or_without_held_out_notes() {
    let own = trained(12);
    let expected = digest(&own.model);
    let (mut site, mut log) = (Some(own), Log::default());
    finished(&mut site, &corpus(), &mut log);
    assert_eq!(in_use(site.as_ref().unwrap(), Choice::Better), expected);
    assert_eq!(site.unwrap().models_report().own.unwrap().origin, Origin::Alone);

    let all: Vec<_> = notes().into_iter().map(|note| crate::corpus::Note { held_out: false, ..note }).collect();
    let corpus = Corpus::new(&all, corpus().labels().clone());
    let (mut site, mut log) = (None, Log::default());
    finished(&mut site, &corpus, &mut log);
    let report = site.unwrap().models_report();
    assert_eq!((report.better, report.own), (Some(Which::Federation), None));
}
