//! Scheduling of questions on the model: each takes a free session; those that find none wait and form the next batch.
//!
//! A session with one thread takes half the CPU time of one with two, and hardly longer for a text as short as a
//! question. So several questions are embedded in parallel, while keyword retrieval runs. A batch of a few short texts
//! costs a session little more than one text.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
};

use tokenizers::Encoding;

use super::{EmbedError, Vector};

/// Tokens that go together, padding included.
const TOKENS: usize = 256;

/// Runs the model on some texts.
type Run<Session> = fn(&mut Session, &[&Encoding]) -> Result<Vec<Vector>, EmbedError>;

/// Sessions for questions, and those who wait for one.
pub(super) struct Questions<Session> {
    run: Run<Session>,
    line: Mutex<Line<Session>>,
    /// A session is free, and some questions have their answers.
    free: Condvar,
}

struct Line<Session> {
    waiting: VecDeque<Waiting>,
    idle: Vec<Session>,
}

/// A question that waits for the model.
struct Waiting {
    encoding: Encoding,
    /// Its vector, or why there is none. Held by who asks too, and by nobody else once the model broke off.
    answer: Arc<OnceLock<Result<Vector, String>>>,
}

impl<Session> Line<Session> {
    /// Questions that go together, the one that waits longest first.
    fn next(&mut self) -> Vec<Waiting> {
        let (mut count, mut width) = (0, 0);
        for one in &self.waiting {
            width = one.encoding.len().max(width);
            if count > 0 && width * (count + 1) > TOKENS {
                break;
            }
            count += 1;
        }
        self.waiting.drain(..count).collect()
    }
}

/// A turn with a session: over when it is dropped, also by a panic.
struct Turn<'a, Session> {
    questions: &'a Questions<Session>,
    session: Option<Session>,
    together: Vec<Waiting>,
}

impl<Session> Drop for Turn<'_, Session> {
    fn drop(&mut self) {
        let mut line = self.questions.line();
        self.together.clear();
        line.idle.extend(self.session.take());
        self.questions.free.notify_all();
    }
}

impl<Session> Turn<'_, Session> {
    /// Runs the model on the questions and answers them.
    fn answer(&mut self) {
        let Some(session) = &mut self.session else {
            return;
        };
        let encodings: Vec<_> = self.together.iter().map(|one| &one.encoding).collect();
        let mut vectors = (self.questions.run)(session, &encodings)
            .map(Vec::into_iter)
            .map_err(|error| match error {
                EmbedError::Model(detail) => detail,
                other => other.to_string(),
            });
        for one in &self.together {
            let vector = match &mut vectors {
                Ok(vectors) => vectors
                    .next()
                    .ok_or_else(|| "no vector came back".to_owned()),
                Err(detail) => Err(detail.clone()),
            };
            // Nobody else sets it: it was taken out of the line.
            let _ = one.answer.set(vector);
        }
    }
}

impl<Session> Questions<Session> {
    /// Nobody waits yet.
    pub(super) fn new(sessions: Vec<Session>, run: Run<Session>) -> Self {
        let line = Line {
            waiting: VecDeque::new(),
            idle: sessions,
        };
        Self {
            run,
            line: Mutex::new(line),
            free: Condvar::new(),
        }
    }

    fn line(&self) -> MutexGuard<'_, Line<Session>> {
        // A run that panicked leaves the line as it was.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The vector of a question.
    ///
    /// # Errors
    /// When the model does not run.
    pub(super) fn vector(&self, encoding: Encoding) -> Result<Vector, EmbedError> {
        let answer = Arc::new(OnceLock::new());
        let mut line = self.line();
        line.waiting.push_back(Waiting {
            encoding,
            answer: Arc::clone(&answer),
        });
        loop {
            // Whoever had a session before may have taken this question along.
            if let Some(answer) = answer.get() {
                return answer.clone().map_err(EmbedError::Model);
            }
            if Arc::strong_count(&answer) == 1 {
                return Err(EmbedError::Model("it broke off".to_owned()));
            }
            // Somebody who waits for each question runs it: one that was taken along leaves the sessions to others.
            let is_here = line
                .waiting
                .iter()
                .any(|one| Arc::ptr_eq(&one.answer, &answer));
            let session = if is_here { line.idle.pop() } else { None };
            line = match session {
                Some(session) => {
                    let mut turn = Turn {
                        questions: self,
                        session: Some(session),
                        together: line.next(),
                    };
                    drop(line);
                    turn.answer();
                    drop(turn);
                    self.line()
                }
                None => {
                    let waited = self.free.wait(line);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A session that tells how many came together, and then waits to be let go on.
    struct Watched(Sender<usize>, Receiver<()>);

    fn watched(session: &mut Watched, texts: &[&Encoding]) -> Result<Vec<Vector>, EmbedError> {
        session.0.send(texts.len()).unwrap();
        session.1.recv().unwrap();
        Ok(vec![vec![1.0]; texts.len()])
    }

    fn waiting<Session>(questions: &Questions<Session>, count: usize) {
        while questions.line().waiting.len() < count {
            std::thread::yield_now();
        }
    }

    #[test]
    fn questions_that_find_no_session_wait_and_go_together() {
        let (told, count) = channel();
        let (go, gone) = channel();
        let questions = Questions::new(vec![Watched(told, gone)], watched);
        std::thread::scope(|scope| {
            let first = scope.spawn(|| questions.vector(Encoding::default()));
            assert_eq!(count.recv().unwrap(), 1);
            let others: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| questions.vector(Encoding::default())))
                .collect();
            waiting(&questions, 3);
            go.send(()).unwrap();
            assert_eq!(count.recv().unwrap(), 3);
            go.send(()).unwrap();
            for asked in others.into_iter().chain([first]) {
                assert_eq!(asked.join().unwrap().unwrap(), [1.0]);
            }
        });
    }

    #[test]
    fn questions_go_side_by_side_while_there_are_sessions() {
        let (told, count) = channel();
        let (sessions, go): (Vec<_>, Vec<_>) = (0..2)
            .map(|_| {
                let (go, gone) = channel();
                (Watched(told.clone(), gone), go)
            })
            .unzip();
        let questions = Questions::new(sessions, watched);
        std::thread::scope(|scope| {
            let asked = [(); 2].map(|()| scope.spawn(|| questions.vector(Encoding::default())));
            assert_eq!([(); 2].map(|()| count.recv().unwrap()), [1, 1]);
            go.iter().for_each(|go| go.send(()).unwrap());
            for asked in asked {
                assert_eq!(asked.join().unwrap().unwrap(), [1.0]);
            }
        });
    }

    #[test]
    fn a_run_that_panics_fails_its_questions_and_no_other() {
        let (told, count) = channel();
        let (go, gone) = channel();
        let questions = Questions::new(vec![Watched(told, gone)], |session, texts| {
            let vectors = watched(session, texts);
            assert_eq!(texts.len(), 1, "the model breaks off");
            vectors
        });
        std::thread::scope(|scope| {
            let first = scope.spawn(|| questions.vector(Encoding::default()));
            count.recv().unwrap();
            let broken = [(); 2].map(|()| scope.spawn(|| questions.vector(Encoding::default())));
            waiting(&questions, 2);
            go.send(()).unwrap();
            assert_eq!(first.join().unwrap().unwrap(), [1.0]);
            assert_eq!(count.recv().unwrap(), 2);
            go.send(()).unwrap();
            let panicked = broken
                .map(|one| one.join())
                .iter()
                .filter(|one| one.is_err())
                .count();
            assert_eq!(panicked, 1, "who ran it panics, who waited is told");
            go.send(()).unwrap();
            assert_eq!(questions.vector(Encoding::default()).unwrap(), [1.0]);
        });
    }
}
