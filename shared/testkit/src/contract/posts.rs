//! The contract of posts.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::id::{LeaseToken, MediaId, OwnerId, PostId};
use domain::idempotency::{Fingerprint, IdempotencyKey};
use domain::media::MediaKind;
use domain::platform::Platform;
use domain::ports::{
    Amendment, Claim, DUE_SHARDS, Due, DueKey, Groundwork, Place, PostQuery, Posts, Purpose, Record, Section,
    Written,
};
use domain::post::{Attachment, LatePolicy, Post};
use domain::target::{
    CLAIM_LEAD, Options, Prepared, Published, ReplySettings, Status, Target, TargetError, Visibility,
};
use domain::task::DeliverTask;
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::contract::{
    a_draft, a_lease, a_post, a_post_of, an_owner, at, connection_id, millisecond, post_id,
};

/// Whoever holds it goes on; nobody else, and nothing that was worked out of another post.
pub async fn a_preparation_is_written_only_by_whoever_holds_it(posts: &dyn Posts) {
    let post = a_post();
    insert(posts, &post).await;
    let prepared = |token: &str, handles: &[&str]| Prepared {
        lease: Some(a_lease(token, at(60))),
        handles: handles.iter().map(|handle| (*handle).to_owned()).collect(),
        made_at: Some(at(1)),
        is_ready: false,
        tries: 1,
    };
    let written = |held: Option<&str>, prepared: Prepared| Groundwork {
        owner: post.owner.clone(),
        post: post.id.clone(),
        revision: post.revision,
        status: post.targets[0].status,
        held: held.map(|token| LeaseToken(token.into())),
        target: Target { prepared: Some(prepared), ..post.targets[0].clone() },
        due: Due::Keep,
        now: at(1),
    };
    let taken = written(None, prepared("first", &[]));
    let foreign = [
        Groundwork { revision: post.revision + 1, ..taken.clone() },
        Groundwork { status: Status::Retrying, ..taken.clone() },
        Groundwork { target: Target { attempts: 7, ..taken.target.clone() }, ..taken.clone() },
        written(Some("first"), prepared("first", &[])),
    ];
    let is_done = async |groundwork: &Groundwork| {
        matches!(posts.groundwork(groundwork).await.unwrap(), Written::Done(_))
    };
    for foreign in &foreign {
        assert!(!is_done(foreign).await, "{foreign:?}");
    }
    assert_eq!(find(posts, &post).await, post);
    assert!(is_done(&taken).await);
    assert!(is_done(&taken).await, "the client repeats a request whose answer was lost");
    assert!(!is_done(&written(None, prepared("second", &[]))).await);
    assert!(!is_done(&written(Some("second"), prepared("second", &["h"]))).await);
    let made = written(Some("first"), prepared("first", &["h1", "h2"]));
    assert!(is_done(&made).await);
    let mut wanted = post.clone();
    wanted.targets[0] = made.target.clone();
    wanted.updated_at = at(1);
    assert_eq!(find(posts, &post).await, wanted);
    assert_eq!(
        posts.groundwork(&Groundwork { post: post_id(9), ..made }).await.unwrap(),
        Written::Refused(None)
    );
}

/// Every field survives, in every shape that it may have.
pub async fn a_post_is_found_as_it_was_kept(posts: &dyn Posts) {
    let mut full = a_post();
    full.publish_at = Some(at(0) + millisecond());
    full.media = vec![Attachment { alt_text: Some("A bell".into()), ..an_attachment() }];
    full.late_policy = LatePolicy::Skip { after_seconds: 900 };
    let key = IdempotencyKey { key: "k".into(), fingerprint: Fingerprint::of("route", "{}") };
    (full.fingerprint, full.retry_keys) = (Some(key.fingerprint.clone()), vec![key.of_retry()]);
    full.time_zone = Some("Europe/Berlin".into());
    full.revision = 7;
    full.text = "a\u{0}b \"\\\n 🙋🏽 \u{10FFFF}".into();
    full.targets[0] = Target {
        text: Some(String::new()),
        options: Options { reply_settings: Some(ReplySettings::MentionedUsers), ..Options::default() },
        stop: true,
        retried_at: Some(at(3) + millisecond()),
        error: Some(TargetError { code: "busy".into(), detail: "it is busy".into(), permanent: true }),
        ..full.targets[0]
            .sending(at(1) + millisecond(), a_lease("lease", at(40)))
            .looking(at(9), a_lease("l", at(50)))
    };
    let part = |number: u32| Published {
        remote_id: format!("urn:{number}"),
        url: format!("https://example.com/{number}"),
    };
    full.targets[1] =
        full.targets[1].clone().with_part(part(1), at(2)).with_part(part(2), at(3)).into_published();
    full.targets[1].options = Options { visibility: Some(Visibility::Connections), ..Options::default() };
    let mut single = a_post();
    single.targets.truncate(1);
    let mut ended = a_post();
    ended.targets = ended.targets.into_iter().map(Target::into_canceled).collect();
    ended.due_at = None;
    let draft = a_draft(&an_owner(), 1, at(0));
    let empty = Post { targets: Vec::new(), publish_at: None, ..a_draft(&an_owner(), 1, at(0)) };
    for post in [a_post(), full, single, ended, draft, empty] {
        insert(posts, &post).await;
        assert_eq!(find(posts, &post).await, post);
    }
}

/// The first one stays.
pub async fn the_same_id_twice_is_refused_with_what_is_there(posts: &dyn Posts) {
    let post = a_post();
    assert_eq!(posts.insert(&post).await.unwrap(), Written::Done(Box::new(post.clone())));
    let second = Post { text: "another".into(), ..post.clone() };
    assert_eq!(posts.insert(&second).await.unwrap(), Written::Refused(Some(Box::new(post.clone()))));
    assert_eq!(find(posts, &post).await, post);
}

/// Another owner may even have a post of the same name.
pub async fn nobody_finds_another_owners_post(posts: &dyn Posts) {
    let post = a_post();
    insert(posts, &post).await;
    let other = an_owner();
    assert_eq!(posts.find(&other, &post.id).await.unwrap(), None);
    assert_eq!(posts.find(&post.owner, &post_id(99)).await.unwrap(), None);
    let same_name = Post { owner: other, ..post.clone() };
    insert(posts, &same_name).await;
    assert_eq!(find(posts, &post).await, post);
}

/// Whoever calls may write anything into a path.
pub async fn a_name_that_no_post_can_have_finds_none(posts: &dyn Posts) {
    for name in [String::new(), "a".repeat(1025), "é".repeat(513)] {
        assert_eq!(posts.find(&an_owner(), &PostId(name)).await.unwrap(), None);
    }
}

/// Posts of one time are in the order of their ids.
pub async fn a_list_is_ordered_by_time_and_then_by_id(posts: &dyn Posts) {
    let owner = calendar(posts).await;
    let listed = posts.list(&query(&owner)).await.unwrap();
    assert_eq!(numbers(&listed), [4, 1, 2, 3, 5]);
    assert_eq!(listed[1], a_post_of(&owner, 1, at(0)));
    let first_two = posts.list(&PostQuery { limit: 2, ..query(&owner) }).await.unwrap();
    assert_eq!(numbers(&first_two), [4, 1]);
}

/// `from` is included, `to` is not, to the millisecond.
pub async fn a_list_begins_at_from_and_ends_before_to(posts: &dyn Posts) {
    let owner = calendar(posts).await;
    let between = |from, to| PostQuery { from, to, ..query(&owner) };
    let cases = [
        (Some(at(0)), Some(at(60)), vec![1, 2, 3]),
        (Some(at(0) + millisecond()), None, vec![5]),
        (None, Some(at(0)), vec![4]),
        (Some(at(-60)), Some(at(60) + millisecond()), vec![4, 1, 2, 3, 5]),
        (Some(at(0)), Some(at(0)), vec![]),
        (Some(at(60)), Some(at(-60)), vec![]),
    ];
    for (from, to, wanted) in cases {
        assert_eq!(numbers(&posts.list(&between(from, to)).await.unwrap()), wanted, "{from:?}..{to:?}");
    }
}

/// Also in the middle of one time, also where there is no post, also outside the range.
pub async fn a_list_goes_on_after_any_place(posts: &dyn Posts) {
    let owner = calendar(posts).await;
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = posts.list(&PostQuery { after, limit: 2, ..query(&owner) }).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.place());
        seen.extend(numbers(&page));
    }
    assert_eq!(seen, [4, 1, 2, 3, 5]);

    let place = |second, number| Some(Place { is_draft: false, at: at(second), post: post_id(number) });
    let cases = [
        (place(0, 0), None, vec![1, 2, 3, 5]),
        (place(30, 9), None, vec![5]),
        (place(60, 5), None, vec![]),
        (place(-900, 1), Some(at(0)), vec![1, 2, 3, 5]),
        (place(0, 2), Some(at(0)), vec![3, 5]),
    ];
    for (after, from, wanted) in cases {
        let listed = posts.list(&PostQuery { after: after.clone(), from, ..query(&owner) }).await.unwrap();
        assert_eq!(numbers(&listed), wanted, "{after:?} {from:?}");
    }
    let ended = PostQuery { after: place(60, 5), to: Some(at(0)), ..query(&owner) };
    assert_eq!(posts.list(&ended).await.unwrap(), []);
}

/// Also when they publish at the same time.
pub async fn a_list_shows_one_owner_only(posts: &dyn Posts) {
    let (owner, other) = (calendar(posts).await, calendar(posts).await);
    assert!(posts.list(&query(&owner)).await.unwrap().iter().all(|post| post.owner == owner));
    assert_eq!(posts.list(&query(&other)).await.unwrap().len(), 5);
    assert_eq!(posts.list(&query(&an_owner())).await.unwrap(), []);
}

/// The write is `Target::sending`; the other target stays.
pub async fn a_claim_to_send_takes_the_lease_and_returns_the_whole_post(posts: &dyn Posts) {
    let mut post = a_post();
    post.targets[0] = Target {
        looks: 2,
        text: Some("mine".into()),
        ..post.targets[0].sending(at(0), a_lease("a", at(9))).into_retrying(at(30), Some(an_error()))
    };
    insert(posts, &post).await;
    let claim = claim(&post, Purpose::Send, 2, at(30), "b");
    let Written::Done(claimed) = posts.claim(&claim).await.unwrap() else { panic!("it is free") };
    let mut wanted = post.clone();
    wanted.targets[0] = post.targets[0].sending(at(30), claim.lease);
    wanted.updated_at = at(30);
    assert_eq!(*claimed, wanted);
    assert_eq!(find(posts, &post).await, wanted);
}

/// The write is `Target::looking`; what the attempt was stays.
pub async fn a_claim_to_settle_takes_the_lease_and_counts_the_looks(posts: &dyn Posts) {
    let mut post = a_post();
    post.targets[0] = post.targets[0].sending(at(0), a_lease("a", at(40)));
    insert(posts, &post).await;
    for (second, token) in [(120, "b"), (300, "c")] {
        let claim = claim(&post, Purpose::Settle, 1, at(second), token);
        let Written::Done(claimed) = posts.claim(&claim).await.unwrap() else { panic!("its lease ran out") };
        post.targets[0] = post.targets[0].looking(at(second), claim.lease);
        post.updated_at = at(second);
        assert_eq!(*claimed, post);
    }
    assert_eq!(post.targets[0].looks, 2);
    assert_eq!(find(posts, &post).await, post);
}

/// Every status, at, just before and just after every moment that matters.
pub async fn a_claim_is_granted_exactly_when_the_domain_says_so(posts: &dyn Posts) {
    let now = at(500);
    let leases = [None, Some(now), Some(now + millisecond())];
    let near = now + CLAIM_LEAD;
    let times = [None, Some(now), Some(now + millisecond()), Some(near), Some(near + millisecond())];
    let owner = an_owner();
    let (mut number, mut granted) = (0, 0);
    for status in STATUSES {
        for next_at in times {
            for until in leases {
                for (purpose, attempt) in
                    [(Purpose::Send, 1), (Purpose::Send, 2), (Purpose::Settle, 1), (Purpose::Settle, 2)]
                {
                    number += 1;
                    let mut post = a_post_of(&owner, number, at(0));
                    let lease = until.map(|until| a_lease("before", until));
                    post.targets[0] =
                        Target { status, attempts: 1, next_at, lease, ..post.targets[0].clone() };
                    insert(posts, &post).await;
                    let may = match purpose {
                        Purpose::Send => post.targets[0].may_send(attempt, now),
                        Purpose::Settle => post.targets[0].may_settle(attempt, now),
                    };
                    let written = posts.claim(&claim(&post, purpose, attempt, now, "after")).await.unwrap();
                    let is_granted = matches!(written, Written::Done(_));
                    assert_eq!(is_granted, may, "{purpose:?} {attempt}: {:?}", post.targets[0]);
                    if !may {
                        assert_eq!(written, Written::Refused(Some(Box::new(post))));
                    }
                    granted += u32::from(may);
                }
            }
        }
    }
    assert!(granted > 10, "the table has both outcomes");
}

/// Whatever is missing, nothing is made and nothing is changed.
pub async fn a_claim_needs_the_revision_the_post_and_the_target(posts: &dyn Posts) {
    let mut post = a_post();
    post.revision = 2;
    insert(posts, &post).await;
    let claim = claim(&post, Purpose::Send, 1, at(0), "a");
    let with = |change: fn(&mut DeliverTask)| {
        let mut claim = claim.clone();
        change(&mut claim.task);
        claim
    };
    let there = Written::Refused(Some(Box::new(post.clone())));
    assert_eq!(posts.claim(&with(|task| task.revision = 1)).await.unwrap(), there);
    assert_eq!(posts.claim(&with(|task| task.revision = 3)).await.unwrap(), there);
    assert_eq!(posts.claim(&with(|task| task.attempt = 0)).await.unwrap(), there);
    assert_eq!(posts.claim(&with(|task| task.connection = connection_id(9))).await.unwrap(), there);
    assert_eq!(posts.claim(&with(|task| task.post = post_id(9))).await.unwrap(), Written::Refused(None));
    let stranger = with(|task| task.owner = OwnerId("nobody".into()));
    assert_eq!(posts.claim(&stranger).await.unwrap(), Written::Refused(None));
    assert_eq!(posts.find(&post.owner, &post_id(9)).await.unwrap(), None);
    assert_eq!(find(posts, &post).await, post);
}

/// The others see the winner's lease.
pub async fn of_eight_claims_one_is_granted(posts: &dyn Posts) {
    let post = a_post();
    insert(posts, &post).await;
    let claims: Vec<Claim> =
        (0..8).map(|racer| claim(&post, Purpose::Send, 1, at(0), &format!("racer-{racer}"))).collect();
    let outcomes = join_all(claims.iter().map(|claim| posts.claim(claim))).await;
    let after = find(posts, &post).await;
    let mut winners = 0;
    for (claim, outcome) in claims.iter().zip(outcomes) {
        match outcome.unwrap() {
            Written::Done(claimed) => {
                winners += 1;
                assert_eq!(claimed.targets[0].lease.as_ref(), Some(&claim.lease));
                assert_eq!(*claimed, after);
            }
            Written::Refused(found) => assert_eq!(found.as_deref(), Some(&after)),
        }
    }
    assert_eq!(winners, 1);
}

/// Neither the other target nor, with `Keep`, the time at which the post is due.
pub async fn a_record_under_the_lease_writes_the_target_and_nothing_else(posts: &dyn Posts) {
    let post = claimed(posts).await;
    let target = post.targets[0].clone().with_part(a_publication(), at(1)).into_published();
    let record = record(&post, target.clone(), Due::Keep, at(2));
    let Written::Done(recorded) = posts.record(&record).await.unwrap() else { panic!("the lease is ours") };
    let mut wanted = post.clone();
    wanted.targets[0] = target;
    wanted.updated_at = at(2);
    assert_eq!(*recorded, wanted);
    assert_eq!(find(posts, &post).await, wanted);
}

/// It stays under the same lease, and is recorded all the same.
pub async fn an_amendment_does_not_undo_a_part_that_was_recorded_meanwhile(posts: &dyn Posts) {
    let seen = claimed(posts).await;
    let part = seen.targets[0].clone().with_part(a_publication(), at(1)).into_next_part(at(1));
    let recorded = posts.record(&record(&seen, part, Due::Keep, at(1))).await.unwrap();
    let Written::Done(recorded) = recorded else { panic!("the lease is ours") };
    let stopped = |seen: &Post| {
        let mut post = amended(seen, at(2));
        post.targets[0].stop = true;
        let target = &seen.targets[0];
        let touched = vec![(target.connection_id.clone(), target.status, target.attempts)];
        Amendment { post, touched, added: Vec::new() }
    };
    assert_eq!(posts.amend(&stopped(&seen)).await.unwrap(), Written::Refused(Some(recorded.clone())));
    let Written::Done(post) = posts.amend(&stopped(&recorded)).await.unwrap() else {
        panic!("as it was seen")
    };
    assert_eq!(post.targets[0].published, [a_publication()]);
}

/// Neither under another lease, nor after giving it back, nor for a target that is not there.
pub async fn a_record_without_the_lease_is_refused(posts: &dyn Posts) {
    let post = claimed(posts).await;
    let ours = record(&post, post.targets[0].clone().into_failed(an_error()), Due::Done, at(2));
    let foreign = Record { lease: LeaseToken("another".into()), ..ours.clone() };
    let there = Written::Refused(Some(Box::new(post.clone())));
    assert_eq!(posts.record(&foreign).await.unwrap(), there);
    let mut unleased = ours.clone();
    unleased.target = post.targets[1].clone().into_canceled();
    assert_eq!(posts.record(&unleased).await.unwrap(), there);
    let mut unknown = ours.clone();
    unknown.target.connection_id = connection_id(9);
    assert_eq!(posts.record(&unknown).await.unwrap(), there);
    let nowhere = Record { post: post_id(9), ..ours.clone() };
    assert_eq!(posts.record(&nowhere).await.unwrap(), Written::Refused(None));
    assert_eq!(find(posts, &post).await, post);

    let Written::Done(recorded) = posts.record(&ours).await.unwrap() else { panic!("the lease is ours") };
    let late = record(
        &post,
        post.targets[0].clone().with_part(a_publication(), at(3)).into_published(),
        Due::Keep,
        at(3),
    );
    assert_eq!(posts.record(&late).await.unwrap(), Written::Refused(Some(recorded)));
}

/// What the person changed meanwhile is found out by whoever records.
pub async fn a_record_of_another_revision_is_refused(posts: &dyn Posts) {
    let post = claimed(posts).await;
    for revision in [0, 2] {
        let failed = post.targets[0].clone().into_failed(an_error());
        let stale = Record { revision, ..record(&post, failed, Due::Done, at(2)) };
        assert_eq!(posts.record(&stale).await.unwrap(), Written::Refused(Some(Box::new(post.clone()))));
    }
    assert_eq!(find(posts, &post).await, post);
}

/// `Keep`, `At` and `Done`, in the post and in the index.
pub async fn a_record_moves_the_post_in_the_index_of_due_posts(posts: &dyn Posts) {
    for (due, wanted) in [(Due::Keep, Some(at(0))), (Due::At(at(77)), Some(at(77))), (Due::Done, None)] {
        let post = claimed(posts).await;
        let target = post.targets[0].clone().into_unsettled(at(160), an_error());
        let written = posts.record(&record(&post, target, due, at(2))).await.unwrap();
        let Written::Done(recorded) = written else { panic!("the lease is ours") };
        assert_eq!(recorded.due_at, wanted);
        assert_eq!(find(posts, &post).await.due_at, wanted);
        assert_eq!(due_times(posts, &post.owner).await, Vec::from_iter(wanted));
    }
}

/// A target that it does not touch may have moved on; it stays as it is.
pub async fn an_amendment_writes_what_it_touches_and_nothing_else(posts: &dyn Posts) {
    let seen = a_post();
    insert(posts, &seen).await;
    let claim = claim(&seen, Purpose::Send, 1, at(0), "a");
    let Written::Done(mut wanted) = posts.claim(&claim).await.unwrap() else { panic!("it is free") };
    let mut amended = amended(&seen, at(5));
    amended.targets[1] = amended.targets[1].clone().into_canceled();
    amended.due_at = Some(at(9));
    wanted.targets[1] = amended.targets[1].clone();
    (wanted.revision, wanted.due_at, wanted.updated_at) = (2, Some(at(9)), at(5));
    let touched = vec![(connection_id(1), Status::Scheduled, 0)];
    let written = posts.amend(&Amendment { post: amended, touched, added: Vec::new() }).await.unwrap();
    assert_eq!(written, Written::Done(wanted.clone()));
    assert_eq!(find(posts, &seen).await, *wanted);
    assert_eq!(due_times(posts, &seen.owner).await, [at(9)]);
}

/// Another revision, status or number of attempts, and a post that is not there.
pub async fn an_amendment_of_what_has_moved_is_refused(posts: &dyn Posts) {
    let post = a_post();
    insert(posts, &post).await;
    let mut change = amended(&post, at(5));
    change.targets[0] = change.targets[0].clone().into_canceled();
    let touched = |status, attempts| vec![(connection_id(2), status, attempts)];
    let right = Amendment { post: change.clone(), touched: touched(Status::Scheduled, 0), added: Vec::new() };
    let mut later = right.clone();
    later.post.revision = 3;
    let wrong = [
        Amendment { touched: touched(Status::Retrying, 0), ..right.clone() },
        Amendment { touched: touched(Status::Scheduled, 1), ..right.clone() },
        later,
    ];
    for amendment in wrong {
        assert_eq!(posts.amend(&amendment).await.unwrap(), Written::Refused(Some(Box::new(post.clone()))));
    }
    let mut nowhere = right.clone();
    nowhere.post.id = post_id(9);
    assert_eq!(posts.amend(&nowhere).await.unwrap(), Written::Refused(None));
    assert_eq!(posts.find(&post.owner, &post_id(9)).await.unwrap(), None);
    assert_eq!(find(posts, &post).await, post);
    assert!(matches!(posts.amend(&right).await.unwrap(), Written::Done(_)));
}

/// Status and attempt can be the same although the lease has changed hands: an amendment that read the old lease
/// must not write it back.
pub async fn an_amendment_does_not_undo_what_a_worker_did_meanwhile(posts: &dyn Posts) {
    let seen = claimed(posts).await;
    let unsettled = seen.targets[0].clone().into_unsettled(at(160), an_error());
    let record = record(&seen, unsettled, Due::Keep, at(2));
    let Written::Done(recorded) = posts.record(&record).await.unwrap() else { panic!("the lease is ours") };
    let mut change = amended(&seen, at(5));
    change.targets[0].stop = true;
    let touched = vec![(connection_id(2), Status::Publishing, 1)];
    let stale = Amendment { post: change, touched: touched.clone(), added: Vec::new() };
    assert_eq!(posts.amend(&stale).await.unwrap(), Written::Refused(Some(recorded.clone())));

    let mut change = amended(&recorded, at(6));
    change.targets[0].stop = true;
    let fresh = Amendment { post: change.clone(), touched, added: Vec::new() };
    assert_eq!(posts.amend(&fresh).await.unwrap(), Written::Done(Box::new(change)));
}

/// A target that is not wanted any more goes, a new one comes, and everything that a person may change changes.
pub async fn an_amendment_takes_targets_out_and_puts_targets_in(posts: &dyn Posts) {
    let seen = a_post();
    insert(posts, &seen).await;
    let kept = seen.targets[1].clone();
    let mut wanted = Post {
        text: "Another text".into(),
        media: vec![an_attachment()],
        publish_at: Some(at(900)),
        time_zone: Some("Europe/Berlin".into()),
        late_policy: LatePolicy::Skip { after_seconds: 60 },
        targets: vec![
            Target::scheduled(connection_id(3), Platform::X, at(900)),
            kept.into_scheduled(at(900)),
        ],
        due_at: Some(at(900)),
        ..amended(&seen, at(5))
    };
    let touched = vec![(connection_id(2), Status::Scheduled, 0), (connection_id(1), Status::Scheduled, 0)];
    let added = vec![connection_id(3)];
    let edit = Amendment { post: wanted.clone(), touched: touched.clone(), added: added.clone() };
    assert_eq!(posts.amend(&edit).await.unwrap(), Written::Done(Box::new(wanted.clone())));
    assert_eq!(posts.amend(&edit).await.unwrap(), Written::Done(Box::new(wanted.clone())), "the same again");
    assert_eq!(find(posts, &seen).await, wanted);
    assert_eq!(due_times(posts, &seen.owner).await, [at(900)]);
    let listed = posts.list(&PostQuery { from: Some(at(900)), ..query(&seen.owner) }).await.unwrap();
    assert_eq!(listed, [wanted.clone()]);

    wanted.revision += 1;
    let again = Amendment { post: wanted.clone(), touched: Vec::new(), added };
    let there = find(posts, &seen).await;
    assert_eq!(
        posts.amend(&again).await.unwrap(),
        Written::Refused(Some(Box::new(there))),
        "it is there already"
    );
}

/// A draft that gets a time moves from the end of the list to its time, and back.
pub async fn an_amendment_moves_a_draft_to_its_time(posts: &dyn Posts) {
    let draft = a_draft(&an_owner(), 1, at(0));
    insert(posts, &draft).await;
    let touched = |status| draft.targets.iter().map(|it| (it.connection_id.clone(), status, 0)).collect();
    let mut timed = amended(&draft, at(5));
    timed.targets = timed.targets.into_iter().map(|target| target.into_scheduled(at(60))).collect();
    (timed.publish_at, timed.due_at) = (Some(at(60)), Some(at(60)));
    let amendment = Amendment { post: timed.clone(), touched: touched(Status::Draft), added: Vec::new() };
    assert_eq!(posts.amend(&amendment).await.unwrap(), Written::Done(Box::new(timed.clone())));
    let drafts = PostQuery { section: Section::Drafts, ..query(&draft.owner) };
    assert_eq!(posts.list(&drafts).await.unwrap(), []);
    let range = PostQuery { from: Some(at(60)), to: Some(at(61)), ..query(&draft.owner) };
    assert_eq!(posts.list(&range).await.unwrap(), [timed]);
}

/// Drafts are in the order in which they were made, after every time, and no time finds them.
pub async fn drafts_come_after_every_time_and_can_be_listed_alone(posts: &dyn Posts) {
    let owner = calendar(posts).await;
    for (number, made) in [(7, -30), (6, -60)] {
        insert(posts, &a_draft(&owner, number, at(made))).await;
    }
    let list = async |query: PostQuery| numbers(&posts.list(&query).await.unwrap());
    assert_eq!(list(query(&owner)).await, [4, 1, 2, 3, 5, 6, 7]);
    let drafts = PostQuery { section: Section::Drafts, ..query(&owner) };
    assert_eq!(list(drafts.clone()).await, [6, 7]);
    assert_eq!(list(PostQuery { from: Some(at(0)), to: Some(at(1)), ..drafts.clone() }).await, [6, 7]);
    assert_eq!(list(PostQuery { section: Section::Timed, ..query(&owner) }).await, [4, 1, 2, 3, 5]);
    assert_eq!(list(PostQuery { from: Some(at(-3600)), ..query(&owner) }).await, [4, 1, 2, 3, 5]);
    let place = Place { is_draft: true, at: at(-60), post: post_id(6) };
    assert_eq!(list(PostQuery { after: Some(place.clone()), ..query(&owner) }).await, [7]);
    assert_eq!(list(PostQuery { after: Some(place), ..drafts }).await, [7]);
    let place = Place { is_draft: false, at: at(60), post: post_id(5) };
    assert_eq!(list(PostQuery { after: Some(place), limit: 1, ..query(&owner) }).await, [6]);
}

/// Only as it was seen; what is gone already is as good as discarded.
pub async fn a_post_is_discarded_only_as_it_was_seen(posts: &dyn Posts) {
    let draft = a_draft(&an_owner(), 1, at(0));
    insert(posts, &draft).await;
    assert!(!posts.discard(&Post { revision: 2, ..draft.clone() }).await.unwrap());
    assert!(posts.discard(&Post { owner: an_owner(), ..draft.clone() }).await.unwrap());
    assert_eq!(find(posts, &draft).await, draft);
    assert!(posts.discard(&draft).await.unwrap());
    assert!(posts.discard(&draft).await.unwrap());
    assert_eq!(posts.find(&draft.owner, &draft.id).await.unwrap(), None);
    assert_eq!(posts.list(&query(&draft.owner)).await.unwrap(), []);
}

/// The revision lets one person's change through at a time.
pub async fn of_eight_amendments_one_is_written(posts: &dyn Posts) {
    let post = a_post();
    insert(posts, &post).await;
    let amendments: Vec<Amendment> = (0..8)
        .map(|second| {
            let mut change = amended(&post, at(second));
            change.targets[0] = change.targets[0].clone().into_canceled();
            Amendment {
                post: change,
                touched: vec![(connection_id(2), Status::Scheduled, 0)],
                added: Vec::new(),
            }
        })
        .collect();
    let outcomes = join_all(amendments.iter().map(|amendment| posts.amend(amendment))).await;
    let written = outcomes.into_iter().filter(|outcome| matches!(outcome, Ok(Written::Done(_)))).count();
    assert_eq!(written, 1);
    assert_eq!(find(posts, &post).await.revision, 2);
}

/// A cancel during the attempt: the worker finds its revision gone, reads `stop`, and records again.
pub async fn a_stopped_attempt_is_recorded_under_the_new_revision(posts: &dyn Posts) {
    let seen = claimed(posts).await;
    let mut change = amended(&seen, at(1));
    change.targets[0].stop = true;
    let stop = Amendment {
        post: change,
        touched: vec![(connection_id(2), Status::Publishing, 1)],
        added: Vec::new(),
    };
    assert!(matches!(posts.amend(&stop).await.unwrap(), Written::Done(_)));

    let retrying = seen.targets[0].clone().into_retrying(at(60), Some(an_error()));
    let refused = posts.record(&record(&seen, retrying, Due::Keep, at(2))).await.unwrap();
    let Written::Refused(Some(found)) = refused else { panic!("the revision has moved") };
    assert!(found.targets[0].stop);
    let ended = found.targets[0].clone().into_retrying(at(60), Some(an_error()));
    let again = Record { lease: LeaseToken("ours".into()), ..record(&found, ended, Due::Done, at(3)) };
    let Written::Done(recorded) = posts.record(&again).await.unwrap() else { panic!("the lease is ours") };
    assert_eq!(recorded.targets[0].status, Status::Canceled);
}

/// `from` is included, `to` is not; a post without a due time is nowhere.
pub async fn a_post_is_due_in_one_shard_from_its_time_on(posts: &dyn Posts) {
    let owner = an_owner();
    let post = a_post_of(&owner, fastrand::u32(..), at(0));
    insert(posts, &post).await;
    let mut ended = a_post_of(&owner, fastrand::u32(..), at(0));
    ended.due_at = None;
    insert(posts, &ended).await;
    let key = DueKey { owner: owner.clone(), post: post.id.clone(), due_at: at(0) };
    let windows = [
        (at(0), at(0) + millisecond(), 1),
        (at(-60), at(60), 1),
        (at(-60), at(0), 0),
        (at(0) + millisecond(), at(60), 0),
        (at(0), at(0), 0),
        (at(60), at(-60), 0),
    ];
    for (from, to, wanted) in windows {
        let found = due_between(posts, &owner, from, to).await;
        assert_eq!(found, vec![key.clone(); wanted], "{from}..{to}");
    }
}

/// In every shard; and the shards share the posts among them.
pub async fn due_posts_come_earliest_first(posts: &dyn Posts) {
    let owner = an_owner();
    for number in 0..40 {
        insert(posts, &a_post_of(&owner, number, at(i64::from(number * 7919 % 40)))).await;
    }
    let mut found = BTreeSet::new();
    let mut used = 0;
    for shard in 0..DUE_SHARDS {
        let mut keys = posts.due(shard, at(0), at(40)).await.unwrap();
        keys.retain(|key| key.owner == owner);
        assert!(keys.is_sorted_by_key(|key| key.due_at), "{keys:?}");
        used += u32::from(!keys.is_empty());
        found.extend(keys.into_iter().map(|key| key.post));
    }
    assert_eq!(found.len(), 40);
    assert!(used >= 4, "{used} of {DUE_SHARDS} shards are used");
}

/// If due time or revision is another, nothing happens and nothing is said.
pub async fn a_post_is_rescheduled_only_as_it_was_seen(posts: &dyn Posts) {
    let post = a_post();
    insert(posts, &post).await;
    let stale = [
        Post { due_at: Some(at(1)), ..post.clone() },
        Post { due_at: None, ..post.clone() },
        Post { revision: 2, ..post.clone() },
        Post { id: post_id(9), ..post.clone() },
    ];
    for seen in stale {
        posts.reschedule(&seen, Some(at(99))).await.unwrap();
        posts.reschedule(&seen, None).await.unwrap();
    }
    assert_eq!(find(posts, &post).await, post);
    assert_eq!(posts.find(&post.owner, &post_id(9)).await.unwrap(), None);

    posts.reschedule(&post, Some(at(30))).await.unwrap();
    let moved = find(posts, &post).await;
    assert_eq!(moved, Post { due_at: Some(at(30)), ..post.clone() });
    assert_eq!(due_times(posts, &post.owner).await, [at(30)]);
    posts.reschedule(&moved, None).await.unwrap();
    let gone = find(posts, &post).await;
    assert_eq!((gone.due_at, due_times(posts, &post.owner).await), (None, vec![]));
    posts.reschedule(&gone, Some(at(40))).await.unwrap();
    assert_eq!(due_times(posts, &post.owner).await, [at(40)]);
}

const STATUSES: [Status; 9] = [
    Status::Draft,
    Status::Scheduled,
    Status::Publishing,
    Status::Retrying,
    Status::Published,
    Status::Failed,
    Status::NeedsAttention,
    Status::Skipped,
    Status::Canceled,
];

/// Five posts of somebody new: number 4 a minute before second 0, then 1, 2 and 3, and number 5 a minute later.
async fn calendar(posts: &dyn Posts) -> OwnerId {
    let owner = an_owner();
    for (number, second) in [(3, 0), (5, 60), (1, 0), (4, -60), (2, 0)] {
        insert(posts, &a_post_of(&owner, number, at(second))).await;
    }
    owner
}

/// A post whose first target is under the lease `ours`.
async fn claimed(posts: &dyn Posts) -> Post {
    let post = a_post();
    insert(posts, &post).await;
    let claim = claim(&post, Purpose::Send, 1, at(0), "ours");
    let Written::Done(claimed) = posts.claim(&claim).await.unwrap() else { panic!("it is free") };
    *claimed
}

async fn insert(posts: &dyn Posts, post: &Post) {
    assert!(matches!(posts.insert(post).await.unwrap(), Written::Done(_)));
}

async fn find(posts: &dyn Posts, post: &Post) -> Post {
    posts.find(&post.owner, &post.id).await.unwrap().expect("it was kept")
}

/// When this owner's posts are due, whenever that is.
async fn due_times(posts: &dyn Posts, owner: &OwnerId) -> Vec<Timestamp> {
    let day = Duration::from_secs(86_400);
    due_between(posts, owner, at(0) - day, at(0) + day).await.into_iter().map(|key| key.due_at).collect()
}

async fn due_between(posts: &dyn Posts, owner: &OwnerId, from: Timestamp, to: Timestamp) -> Vec<DueKey> {
    let mut found = Vec::new();
    for shard in 0..DUE_SHARDS {
        found.extend(posts.due(shard, from, to).await.unwrap());
    }
    found.retain(|key| key.owner == *owner);
    found
}

/// A claim of the first target.
fn claim(post: &Post, purpose: Purpose, attempt: u32, now: Timestamp, token: &str) -> Claim {
    let task = DeliverTask {
        owner: post.owner.clone(),
        post: post.id.clone(),
        connection: post.targets[0].connection_id.clone(),
        revision: post.revision,
        attempt,
    };
    Claim { purpose, task, now, lease: a_lease(token, now + Duration::from_secs(40)) }
}

/// A record under the lease `ours`.
fn record(post: &Post, target: Target, due: Due, now: Timestamp) -> Record {
    Record {
        owner: post.owner.clone(),
        post: post.id.clone(),
        revision: post.revision,
        lease: LeaseToken("ours".into()),
        target,
        due,
        now,
    }
}

/// The post one revision later.
fn amended(post: &Post, now: Timestamp) -> Post {
    Post { revision: post.revision + 1, updated_at: now, ..post.clone() }
}

fn query(owner: &OwnerId) -> PostQuery {
    PostQuery { owner: owner.clone(), section: Section::All, from: None, to: None, after: None, limit: 100 }
}

fn numbers(posts: &[Post]) -> Vec<u32> {
    posts.iter().map(|post| number(&post.id)).collect()
}

fn number(id: &PostId) -> u32 {
    u32::from_str_radix(&id.0[28..], 16).expect("our ids are numbers")
}

fn an_error() -> TargetError {
    TargetError { code: "busy".into(), detail: "it is busy".into(), permanent: false }
}

fn a_publication() -> Published {
    Published { remote_id: "12".into(), url: "https://example.com/12".into() }
}

fn an_attachment() -> Attachment {
    Attachment {
        media_id: MediaId("med_1".into()),
        alt_text: None,
        file_name: "bell.png".into(),
        kind: MediaKind::Png,
        size_bytes: 70,
        pixels: None,
    }
}
