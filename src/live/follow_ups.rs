//! Follow-ups to do after the call, in the agent's words: promises, and offers that the customer accepted.
//!
//! Owns the wording of promises in English and Chinese. Leaves yes and no to `assent`. Extractive: nothing is invented.

use super::{
    assent::{assents, has},
    turns::{Spoken, Turns},
};
use crate::{
    article::Role,
    text::{fold, sentence_texts},
};

/// Follow-ups told: a wrap-up is read in seconds.
const FOLLOW_UPS: usize = 8;

/// What a promise sounds like, folded; English begins a word.
const PROMISES: &str = "i will |i'll |we will |we'll |i'm sending|i am sending|we're sending|will be sent|will receive|will arrive|\
    will get a call|will get a text|will get an email|will get a letter|you'll get a call|you'll get a text|\
    you'll get an email|you'll get a letter|you'll receive|will contact you|will be in touch|call you back|\
    ring you back|get back to you|follow up|going to send|going to escalate|i'm asking for|i have scheduled|\
    i've scheduled|i have booked|i've booked|is booked for|我会|我们会|我这边会|您会收到|稍后会|将会|会给您|\
    会跟进|给您回|会回电|回复您|答复您|联系您|通知您|已为您|为您预约|给您约|帮您约|给您安排|给您申请|给您提交|\
    给您发|发给您|发到您|给您寄|寄给您|寄到您|往上升|我尽快|会尽快|给您尽快|尽快给您|明天就能";

/// A time by which something is done, or at which: a promise where it is to come, else only how long such things take.
const IN_TIME: &str = "within 24|working day|business day|tomorrow|tonight|next week|next bill|monday|tuesday|wednesday|thursday|\
    friday|saturday|sunday|工作日内|小时内|天内|明天|后天|今晚|下周|周一|周二|周三|周四|周五|周六|周日|星期";

/// What is to come.
const TO_COME: &str = "will |'ll |going to |会|将|给您|帮您|请您在|上门|再打";

/// What sounds like a promise and is done while the caller waits.
const AT_ONCE: &str = "put you|transfer you|connect you|help you|assist you|ask you|walk you|happy to|glad to|my best|sorted|\
    be right|have a look|take a look|i'll look|i'll check|i'll just|i will check|i'll explain|i'll need|\
    i will need|i'll pull up|i'll bring up|i'll try|i will try|go ahead|i'll wait|i will wait|i'll read|\
    i'll let you|i'll stay|i will stay|we'll start|we will start|我会先|帮您处理|尽力|一步一步|看一下|查一下|\
    看看|查查|核实一下|核对一下|确认一下|稍等";

/// How an offer is made; it must ask too.
const OFFERS: &str = "shall i |should i |shall we |do you want me to|would you like me to|want me to|can i book|can i send|\
    要不要我|要不要给您|要不要帮您|需要我";

/// What is done for the caller, and how leave is asked for it: both together are an offer.
const FOR_YOU: &str = "给您|帮您|为您";
const LEAVE: &str = "可以吗|行吗|好吗|好不好|行不行|可不可以";

/// What the agent promised, oldest first; of too many the last ones, which stand.
pub(super) fn follow_ups(turns: &Turns) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let spoken: Vec<&Spoken> = turns.iter().filter(|spoken| spoken.turn.is_final).collect();
    for (at, promised) in spoken.iter().enumerate() {
        if promised.turn.role != Role::Agent {
            continue;
        }
        let answer = spoken[at + 1..]
            .iter()
            .find(|next| next.turn.role != Role::System && !next.is_wordless())
            .filter(|next| next.turn.role == Role::Customer);
        let is_taken = answer.is_some_and(|answer| assents(&answer.said()));
        for sentence in sentence_texts(&promised.said()) {
            if is_follow_up(sentence, is_taken) {
                found.push(super::summary::cut(sentence.trim()));
            }
        }
    }
    found.dedup();
    found.split_off(found.len().saturating_sub(FOLLOW_UPS))
}

fn is_follow_up(sentence: &str, is_taken: bool) -> bool {
    let folded = fold(sentence).text;
    if folded.contains('?') {
        let offers = has(&folded, OFFERS) || (has(&folded, FOR_YOU) && has(&folded, LEAVE));
        return is_taken && offers && !has(&folded, AT_ONCE);
    }
    // "I will have a look, and I will call you back": what is done at once takes nothing from what stands beside it.
    folded.split([',', ';', '、']).any(|part| {
        let promises = has(part, PROMISES) || (has(part, IN_TIME) && has(&folded, TO_COME));
        promises && !has(part, AT_ONCE)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sentence: &str, answer: &str, expected: bool) {
        assert_eq!(
            is_follow_up(sentence, assents(answer)),
            expected,
            "{sentence:?} – {answer:?}"
        );
    }

    #[test]
    fn promises_are_told_from_what_is_done_at_once() {
        check("We’ll call you back on Friday.", "", true);
        check("I'll have a look at your bill.", "", false);
        check("My team lead could ring you back.", "", true);
        check("好，短信马上发给您。", "", true);
        check(
            "我现在就把您的投诉往上升一级，投诉部会书面答复您。",
            "",
            true,
        );
        check("说好组长两天内回电的，我看记录里还没有。", "", false);
        check("The fee is nine euros.", "", false);
        check(
            "I'll have a look, and I'll call you back tomorrow.",
            "",
            true,
        );
        check("我会先看一下账户，明天给您回电。", "", true);
    }

    #[test]
    fn what_is_needed_or_done_now_and_how_long_things_take_are_no_promises() {
        check("I'll need your customer PIN first.", "", false);
        check("I'll be right with you.", "", false);
        check("I'll pull up your account.", "", false);
        check(
            "After the restart your Wi-Fi will be slower for a minute.",
            "",
            false,
        );
        check("Refunds take five working days.", "", false);
        check("The money will be there within two working days.", "", true);
        check("我会先看一下您的账户，请稍等。", "好。", false);
        check("退款一般在五个工作日内到账。", "", false);
        check("我们会在五个工作日内退款。", "", true);
    }

    #[test]
    fn a_greeting_and_a_check_of_who_calls_offer_nothing() {
        for answer in [
            "是这样的，我家的网昨天晚上断了。",
            "对，我想问一下账单。",
            "嗯，你好，我想问一下账单。",
            "是的，我是本人。",
        ] {
            check(
                "您好，海岸通信，我是小林，请问有什么可以帮您？",
                answer,
                false,
            );
            check("好的，我帮您查一下，请问您是机主本人吗？", answer, false);
        }
        let offer = "要不要我给您发个短信？";
        for (answer, expected) in [
            ("好的，谢谢", true),
            ("嗯，可以", true),
            ("要", true),
            ("好谢谢", true),
            ("是这样的，我还有个问题", false),
            ("对不起，不用了", false),
            ("要多少钱", false),
        ] {
            check(offer, answer, expected);
        }
        check("Shall I send you the link?", "Goodbye then.", false);
    }

    #[test]
    fn an_offer_counts_once_it_is_taken() {
        check(
            "Shall I send you a text when it's back?",
            "Yes please, to this number.",
            true,
        );
        check(
            "Shall I send you a text when it's back?",
            "No, thanks.",
            false,
        );
        check(
            "另外给您约最早的时间，明天上午八点到十二点，可以吗？",
            "行，那就这样。",
            true,
        );
        check("另外给您约最早的时间，明天上午可以吗？", "不用了。", false);
        check("Could you give me your PIN?", "Yes, it's four.", false);
    }

    #[test]
    fn who_else_will_do_it_and_when_is_a_promise_and_being_of_help_is_none() {
        for promise in [
            "A technician will come tomorrow between eight and twelve.",
            "My colleague will call you on Friday.",
            "I've opened a ticket and billing will contact you.",
            "I'll transfer forty euros to your account tomorrow.",
            "师傅明天上午上门。",
            "您会收到一条短信确认。",
            "我明天给您打电话。",
            "我给您登记了投诉，三天内会有人回复。",
            "周五之前会把路由器寄到您家。",
        ] {
            check(promise, "", true);
        }
        for none in [
            "I'll be happy to help you with that.",
            "I'll stay on the line.",
            "I'll transfer you to my colleague.",
            "You will get a slower line after 300 GB.",
            "我会帮您处理的，请说。",
            "请您在手机上重启一下路由器。",
            "您尽快去银行挂失。",
        ] {
            check(none, "", false);
        }
    }
}
