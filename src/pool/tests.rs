//! Queueing at a pool: who waits, who is refused, and what becomes of jobs whose caller has gone.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use tokio::task::JoinHandle;

use super::*;

/// Work of that caller which is under way until the gate is opened.
async fn begun(pool: &Pool, name: &str) -> (mpsc::Sender<()>, JoinHandle<bool>) {
    let (open, gate) = mpsc::channel::<()>();
    let (tell, told) = tokio::sync::oneshot::channel();
    let work = pool.of(name).run(move || {
        let _ = tell.send(());
        gate.recv().is_ok()
    });
    let task = tokio::spawn(async { work.await.unwrap() });
    told.await.unwrap();
    (open, task)
}

/// Work of that caller which waits for a slot.
async fn waiting(pool: &Pool, name: &str, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    let before = pool.waiting();
    let work = pool.of(name).run(work);
    let task = tokio::spawn(async { work.await.unwrap() });
    while pool.waiting() == before {
        tokio::task::yield_now().await;
    }
    task
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_what_fits_runs() {
    let pool = Pool::new(1, 1);
    let (open, first) = begun(&pool, "one").await;
    let second = waiting(&pool, "one", || ()).await;
    let refused = pool.of("one").run(|| ()).await;
    assert_eq!(refused, Err(Undone::Refused));
    let of_another = waiting(&pool, "two", || ()).await;
    open.send(()).unwrap();
    assert!(first.await.unwrap());
    second.await.unwrap();
    of_another.await.unwrap();
    assert_eq!(pool.waiting(), 0);
}

#[tokio::test]
async fn callers_take_turns() {
    let pool = Pool::new(1, 100);
    let (open, _first) = begun(&pool, "wild").await;
    let (tell, told) = mpsc::channel();
    let mut tasks = Vec::new();
    for name in ["wild", "wild", "wild", "two", "three"] {
        let tell = tell.clone();
        let work = move || tell.send(name).unwrap();
        tasks.push(waiting(&pool, name, work).await);
    }
    open.send(()).unwrap();
    for task in tasks {
        task.await.unwrap();
    }
    let order: Vec<_> = told.try_iter().collect();
    assert_eq!(order, ["two", "three", "wild", "wild", "wild"]);
}

#[tokio::test]
async fn work_of_a_caller_who_left_is_dropped() {
    let pool = Pool::new(1, 8);
    let (open, first) = begun(&pool, "one").await;
    let ran = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&ran);
    let left = tokio::time::timeout(
        Duration::from_millis(20),
        pool.of("one")
            .run(move || mark.store(true, Ordering::SeqCst)),
    )
    .await;
    assert!(left.is_err());
    open.send(()).unwrap();
    assert!(first.await.unwrap());
    assert!(pool.of("one").run(|| ()).await.is_ok());
    assert!(!ran.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_panic_is_told_in_its_words() {
    let pool = Pool::new(1, 1);
    let done = pool.of("one").run(|| panic!("{} is beyond", 7)).await;
    assert_eq!(done, Err::<(), _>(Undone::Panicked("7 is beyond".into())));
    assert_eq!(pool.of("one").run(|| 1).await, Ok(1));
}

#[tokio::test]
async fn all_faces_have_the_same_slots() {
    let pool = Pool::new(2, 8);
    let other = pool.halved();
    let (open, first) = begun(&pool, "one").await;
    let (open_too, second) = begun(&other, "one").await;
    let third = waiting(&other, "one", || ()).await;
    let fourth = waiting(&pool, "two", || ()).await;
    open_too.send(()).unwrap();
    fourth.await.unwrap();
    third.await.unwrap();
    open.send(()).unwrap();
    assert!(first.await.unwrap() && second.await.unwrap());
}
