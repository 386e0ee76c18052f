//! The owner of a call, what callers may see, and what their streams contain.

use serde_json::json;

use super::*;
use crate::live::{
    LiveError, OpenCall, Policy, Retriever as _,
    call::{Call, CallContext},
    fake::FakeRetriever,
    rulebook::RuleBook,
};

#[test]
fn a_call_belongs_to_the_caller_that_opened_it() {
    let trial = Trial::new(vec![]);
    let (one, two) = (
        caller("one", false, Some("agent")),
        caller("two", false, Some("agent")),
    );
    let open = |by| {
        trial.registry.open(
            by,
            OpenCall {
                call_id: Some("c".into()),
                agent_id: Some("a".into()),
                ..OpenCall::default()
            },
            trial.now,
        )
    };
    assert!(!open(&one).unwrap().existed);
    assert_eq!(
        trial.registry.get(&two, "c").map(|_| ()),
        Err(LiveError::UnknownCall {
            call_id: "c".into()
        })
    );
    assert!(trial.registry.watch_call(&two, "c", None).is_err());
    assert!(
        !open(&two).unwrap().existed,
        "each caller has its own names"
    );
    trial.registry.end(&two, "c", trial.now).unwrap();
    assert!(trial.registry.get(&one, "c").unwrap().ended_at.is_none());
    assert!(
        trial.registry.get(&trial.caller, "c").is_ok(),
        "an admin sees all"
    );
    let told = |by| {
        std::iter::from_fn({
            let mut watch = trial.registry.watch_agent(by, "a", None);
            move || watch.take()
        })
        .count()
    };
    assert_eq!((told(&one), told(&two), told(&trial.caller)), (0, 1, 1));
}

#[test]
fn what_a_caller_may_not_see_does_not_exist() {
    let secret = Article {
        audience: vec!["staff".into()],
        ..pushed_on("secret", &["fee"])
    };
    let greeting = Trigger {
        when: Some("account.vip".into()),
        ..Trigger::default()
    };
    let vip = Article {
        audience: vec!["staff".into()],
        triggers: vec![greeting],
        ..article("vip", "Fee of staff", "fee")
    };
    let trial = Trial::with(FakeRetriever::new(vec![secret, vip]), Policy::default());
    let customer = caller("portal", false, Some("customer"));
    let request = OpenCall {
        call_id: Some("c".into()),
        account: account(json!({"vip": true})),
        ..OpenCall::default()
    };
    let opened = trial.registry.open(&customer, request, trial.now).unwrap();
    assert_eq!((opened.cards, opened.not_shown), (vec![], vec![]));
    let heard = trial
        .registry
        .hear(
            &customer,
            "c",
            Utterance::new(Role::Customer, "the fee of staff"),
            trial.now,
        )
        .unwrap();
    assert_eq!((heard.cards, heard.not_shown), (vec![], vec![]));
}

/// An article for the staff alone, with a question of its own, and one for every agent.
fn shelf() -> Vec<Article> {
    let when = |when: &str| Trigger {
        when: Some(when.into()),
        ..Trigger::default()
    };
    let staff = Article {
        audience: vec!["staff".into()],
        triggers: vec![on(&["fee"]), when("account.vip"), when("account.overdue")],
        ask: vec!["When did the staff tariff begin?".into()],
        ..article("staff-fee", "Staff", "nothing in common")
    };
    let silent = Trigger {
        when: Some("account.never".into()),
        ..on(&["fee"])
    };
    let never = Article {
        audience: vec!["staff".into()],
        triggers: vec![silent],
        ..article("staff-never", "Staff", "nothing in common")
    };
    let open = Article {
        ask: vec!["Which month was it?".into()],
        ..pushed_on("fee", &["fee"])
    };
    vec![staff, never, open]
}

#[test]
fn what_others_bring_into_a_call_is_for_its_owner_too() {
    let trial = Trial::new(shelf());
    let owner = caller("desktop", false, Some("agent"));
    let request = |json| OpenCall {
        call_id: Some("c".into()),
        agent_id: Some("a".into()),
        account: account(json),
        ..OpenCall::default()
    };
    let (registry, admin, now) = (&trial.registry, &trial.caller, trial.now);
    registry.open(&owner, request(json!({})), now).unwrap();
    let filled_in = registry
        .open(admin, request(json!({"vip": true})), now)
        .unwrap();
    assert!(filled_in.existed);
    assert_eq!(filled_in.cards, []);
    let patch = json!({"overdue": true});
    let changed = registry.patch_account(admin, "c", patch, now).unwrap();
    assert_eq!((changed.cards, changed.not_shown), (vec![], vec![]));
    let said = Utterance::new(Role::Customer, "the fee");
    let heard = registry.hear(admin, "c", said, now).unwrap();
    assert_eq!(
        (ids(&heard.cards), silent(&heard.not_shown)),
        (vec!["fee"], vec![])
    );
    for mut watch in [
        registry.watch_call(&owner, "c", None).unwrap(),
        registry.watch_agent(&owner, "a", None),
    ] {
        let told: Vec<_> = std::iter::from_fn(|| watch.take()).collect();
        assert_eq!(told.len(), 2, "a card and its question");
        assert!(told.iter().all(|event| !event.data.contains("staff")));
    }
}

#[test]
fn an_admin_with_fewer_audiences_than_the_owner_is_not_told_of_the_rest() {
    let trial = Trial::new(shelf());
    let lead = caller("lead", true, Some("agent"));
    trial.open(json!({}));
    let said = || Utterance {
        utterance_id: Some("u".into()),
        ..Utterance::new(Role::Customer, "the fee")
    };
    let heard = trial.says(said());
    assert_eq!((heard.cards.len(), heard.not_shown.len()), (2, 1));
    let repeated = trial.registry.hear(&lead, "c", said(), trial.now).unwrap();
    assert_eq!(
        (ids(&repeated.cards), silent(&repeated.not_shown)),
        (vec!["fee"], vec![])
    );
    assert_eq!(trial.says(said()), heard);
    trial.says(Utterance::new(
        Role::Agent,
        "When did the staff tariff begin?",
    ));

    let summary = trial.registry.end(&lead, "c", trial.now).unwrap();
    assert_eq!(summary.cards.len(), 1);
    assert!(!summary.markdown.contains("staff"), "{}", summary.markdown);
    let questions = [&summary.questions_answered, &summary.questions_open];
    assert_eq!(questions.map(Vec::len), [0, 1]);
    let whole = trial.registry.end(&trial.caller, "c", trial.now).unwrap();
    assert_eq!(whole.cards.len(), 2);

    let told = |by| {
        let mut watch = trial.registry.watch_call(by, "c", None).unwrap();
        let all = std::iter::from_fn(move || watch.take());
        all.filter(|event| trial.registry.may_hear(by, event))
            .collect::<Vec<_>>()
    };
    let (some, all) = (told(&lead), told(&trial.caller));
    let about_staff = |event: &&crate::live::Event| event.data.contains("staff");
    assert_eq!(some.iter().filter(about_staff).count(), 0);
    assert!(all.iter().filter(about_staff).count() >= 2, "{all:?}");
    assert!(some.iter().any(|event| event.data.contains("\"fee\"")));
    assert!(some.iter().any(|event| event.kind.name() == "call_ended"));
}

#[test]
fn a_card_vanishes_with_the_permission() {
    let fake = FakeRetriever::new(vec![pushed_on("fee", &["fee"])]);
    let trial = Trial::with(std::sync::Arc::clone(&fake), Policy::default());
    let agent = caller("desktop", false, Some("agent"));
    trial
        .registry
        .open(
            &agent,
            OpenCall {
                call_id: Some("c".into()),
                ..OpenCall::default()
            },
            trial.now,
        )
        .unwrap();
    let heard = trial
        .registry
        .hear(
            &agent,
            "c",
            Utterance::new(Role::Customer, "the fee"),
            trial.now,
        )
        .unwrap();
    assert_eq!(trial.registry.cards(&agent, "c").unwrap().len(), 1);
    fake.change(vec![Article {
        audience: vec!["staff".into()],
        ..pushed_on("fee", &["fee"])
    }]);
    assert!(trial.registry.cards(&agent, "c").unwrap().is_empty());
    let engaged = trial.registry.engage(
        &agent,
        "c",
        &heard.cards[0].card_id,
        did(EngagementKind::Opened),
        trial.now,
    );
    assert!(matches!(engaged, Err(LiveError::UnknownCard { .. })));
}

#[test]
fn an_agents_stream_has_every_call_and_numbers_of_its_own() {
    let trial = Trial::new(vec![pushed_on("fee", &["fee"])]);
    for id in ["c", "d"] {
        let request = OpenCall {
            call_id: Some(id.into()),
            agent_id: Some("a".into()),
            ..OpenCall::default()
        };
        trial
            .registry
            .open(&trial.caller, request, trial.now)
            .unwrap();
        trial
            .registry
            .hear(
                &trial.caller,
                id,
                Utterance::new(Role::Customer, "the fee"),
                trial.now,
            )
            .unwrap();
    }
    let mut watch = trial.registry.watch_agent(&trial.caller, "a", None);
    let events: Vec<_> = std::iter::from_fn(|| watch.take())
        .map(|event| (event.id, event.data.contains(r#""call_id":"d""#)))
        .collect();
    assert_eq!(events, [(1, false), (2, true)]);
}

#[test]
fn a_stream_of_a_lost_call_says_resync_and_ends() {
    let trial = Trial::new(vec![]);
    assert!(
        trial
            .registry
            .watch_call(&trial.caller, "gone", None)
            .is_err()
    );
    let mut watch = trial
        .registry
        .watch_call(&trial.caller, "gone", Some("3"))
        .unwrap();
    assert_eq!(watch.take().map(|event| event.kind.name()), Some("resync"));
    assert!(watch.finished());
}

#[test]
fn a_rule_is_not_used_up_by_who_may_not_see_its_article() {
    let trial = Trial::new(shelf());
    trial.open(json!({}));
    let lead = caller("lead", true, Some("agent"));
    let patch = |by, json| {
        let changed = trial.registry.patch_account(by, "c", json, trial.now);
        changed.unwrap().cards
    };
    assert_eq!(patch(&lead, json!({"vip": true})), []);
    let name = json!({"name": "x"});
    assert_eq!(ids(&patch(&trial.caller, name)), ["staff-fee"]);
    assert_eq!(patch(&trial.caller, json!({"name": "y"})), []);
}

#[test]
fn older_rules_bring_nothing_that_the_newest_generation_hides() {
    let fake = FakeRetriever::new(
        ["fee", "gone", "open"]
            .map(|id| pushed_on(id, &["fee"]))
            .into(),
    );
    let (policy, now) = (Policy::default(), chrono::DateTime::UNIX_EPOCH);
    let book = RuleBook::new(fake.catalog(), &policy);
    let for_staff = Article {
        audience: vec!["staff".into()],
        ..pushed_on("fee", &["fee"])
    };
    fake.change(vec![for_staff, pushed_on("open", &["fee"])]);
    let agent = caller("desktop", false, Some("agent"));
    let ground = CallContext {
        retriever: fake.as_ref(),
        book: &book,
        policy: &policy,
        audience: &agent.audience,
        today: now.date_naive(),
        now,
        took_ms: &|| 0.0,
    };
    let (mut call, _) = Call::open("c".into(), "desktop", 0, OpenCall::default(), &ground);
    let said = Utterance::new(Role::Customer, "the fee");
    let heard = call.hear(said, &ground).unwrap();
    assert_eq!(
        (ids(&heard.cards), silent(&heard.not_shown)),
        (vec!["open"], vec![])
    );
}

#[test]
fn who_fills_the_server_makes_room_for_others() {
    let mut policy = Policy::default();
    policy.bounds.calls = 10;
    let mut trial = Trial::with(FakeRetriever::new(vec![]), policy);
    let [vendor, wild, other] = ["vendor", "wild", "other"].map(|name| caller(name, false, None));
    let open = |trial: &Trial, by, id: &str| {
        let request = OpenCall {
            call_id: Some(id.into()),
            ..OpenCall::default()
        };
        trial.registry.open(by, request, trial.now).map(|_| ())
    };
    let full = Err(LiveError::TooManyCalls { limit: 10 });
    let spoken = ["v0", "v1", "v2", "v3", "v4"];
    for id in spoken {
        open(&trial, &vendor, id).unwrap();
    }
    trial.wait(1);
    for id in spoken {
        let said = Utterance::new(Role::Customer, "hello");
        trial.registry.hear(&vendor, id, said, trial.now).unwrap();
    }
    for at in 0..5 {
        trial.wait(1);
        open(&trial, &wild, &format!("w{at}")).unwrap();
    }
    assert_eq!(open(&trial, &wild, "w5"), full, "one's own calls stay");
    let mut stream = trial.registry.watch_call(&wild, "w0", None).unwrap();
    open(&trial, &other, "o0").unwrap();
    let told = std::iter::from_fn(|| stream.take()).last().unwrap();
    assert!(told.data.contains(r#""reason":"idle""#), "{}", told.data);
    assert!(trial.registry.get(&wild, "w0").is_err());
    for id in ["v5", "v6"] {
        open(&trial, &vendor, id).unwrap();
    }
    // Both have two calls now that nobody spoke in.
    assert_eq!(open(&trial, &wild, "w5"), full);
    assert_eq!(open(&trial, &vendor, "v7"), full);
    let left = |trial: &Trial| {
        let is_there = |id: &&str| trial.registry.get(&vendor, id).is_ok();
        spoken.iter().copied().filter(is_there).count()
    };
    assert_eq!(left(&trial), 5);
    // Ended calls go before open ones, of whoever has the most of them.
    for (by, id) in [(&other, "o0"), (&vendor, "v5"), (&vendor, "v6")] {
        trial.wait(1);
        trial.registry.end(by, id, trial.now).unwrap();
    }
    open(&trial, &wild, "w5").unwrap();
    assert!(trial.registry.get(&vendor, "v5").is_err());
    assert!(trial.registry.get(&other, "o0").is_ok());
    // After a minute of silence calls give way that were spoken in.
    trial.wait(60);
    for (id, expected) in [("o1", 5), ("o2", 5), ("o3", 4)] {
        open(&trial, &other, id).unwrap();
        assert_eq!(left(&trial), expected, "{id}");
    }
}
