//! Turns that ask for nothing: greetings, thanks, yes and no, and data being spelled out.
//!
//! Owns the judgement of one turn. Leaves the list of function words to `text`, and what follows to `decide`.

use std::{collections::HashSet, sync::LazyLock};

use super::phrases::{PhraseBook, Use};
use crate::text::{Language, Word, WordKind, fold, is_function_word, words, words_once};

/// Said around what is wanted, beyond function words; as [`words`] spells them when cut from this list.
const POLITE: &str = "moment minute second hold bear wait nice weekend evening appreciate awesome cool wonderful excellent amazing lovely \
    gotcha understood understand correct exactly absolutely certainly definitely totally problem issue worries pleasure bye kind kindly \
    glad happy patience patient listening speaking hear heard hang okey done yup nah hiya greetings howdy folks guys man lol haha \
    没问题 没有了 没了 不用 不用了 不客气 不谢 就这样 愉快 祝您 祝你 生活愉快 稍等片刻 一会 一会儿 稍后 马上 当然 确实 没错 对 对的 是的 是 嗯 那 那就 \
    先这样 可以了 够了 清楚 明白了 了解了 知道了 听到 听得到 听见 能听到 在吗 在 大家 各位 打电话 来电 非常感谢 十分感谢 太好了 太棒了 谢 客气 问题 事 事情 事儿";

/// What is being told when letters and figures are told.
const DATA: &str = "name surname account number order id identification email mail address phone mobile cell telephone zip postcode postal \
    code pin date birth birthday born password security username user login digits digit letter spell spelled dash dot com gmail yahoo \
    hotmail monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october \
    november december today tomorrow yesterday am pm oclock one two three four five six seven eight nine ten eleven twelve zero double \
    hundred thousand first last full middle customer member reference \
    名字 姓名 姓 叫 我叫 我姓 号码 账号 账户 户名 编号 单号 订单号 电话 手机 手机号 手机号码 电话号码 身份证 身份证号 证件 生日 出生 出生日期 地址 \
    邮箱 邮编 密码 验证码 年 月 日 号 星期 周 今天 明天 昨天 上午 下午 点 分 一 二 三 四 五 六 七 八 九 十 零 幺 两 百 千 万 尾号";

/// Words that ask, even in a turn that says little else.
const ASKING: &str = "how what when where which why who 怎么 怎么办 怎样 如何 什么 为什么 哪里 哪个 哪些 哪儿 多少 多久 几 咋 咋办 啥";

/// What is said around what is wanted in several words, each of which may tell something elsewhere.
const FORMULAS: &[&str] = &[
    "have a good one",
    "have a great one",
    "nice to talk to you",
    "nice talking to you",
    "good to talk to you",
    "a pleasure talking to you",
    "talk to you later",
    "talk to you soon",
    "call you back",
    "call you later",
    "see you",
    "take care",
    "take your time",
    "go ahead",
    "no rush",
    "no hurry",
    "talking to a real person",
    "weather today",
    "one moment",
    "one second",
    "hold on",
    "hang on",
    "今天天气",
    "不着急",
    "不急",
    "别着急",
    "慢慢来",
    "慢慢说",
    "您慢走",
    "保重",
    "天气真不错",
    "天气不错",
    "天气真好",
];

/// Turns that seem to ask and do not.
const CIVIL: &[&str] = &[
    "how are you",
    "how do you do",
    "how is it going",
    "hows it going",
    "how is your day",
    "hows your day",
    "what is up",
    "whats up",
    "how have you been",
    "how about you",
    "what was that",
    "say what",
    "怎么称呼",
    "您怎么称呼",
    "什么事",
    "没什么",
    "没什么了",
    "没什么问题",
];

static FORMULA_BOOK: LazyLock<PhraseBook> = LazyLock::new(|| {
    let formulas = FORMULAS.iter().enumerate();
    PhraseBook::new(formulas.map(|(at, formula)| (Use::Any(at), (*formula).to_owned())))
});
static POLITE_SET: LazyLock<HashSet<String>> = LazyLock::new(|| terms_of(POLITE));
static DATA_SET: LazyLock<HashSet<String>> = LazyLock::new(|| terms_of(DATA));
static ASKING_SET: LazyLock<HashSet<String>> = LazyLock::new(|| terms_of(ASKING));

fn terms_of(list: &str) -> HashSet<String> {
    list.split_whitespace()
        .flat_map(words)
        .filter(|word| word.kind != WordKind::Bigram)
        .map(|word| word.term)
        .collect()
}

/// How many words of a text tell what it is about, each counted once. `language` is the one that is spoken, where it is
/// neither English nor Chinese.
pub(super) fn content_words(text: &str, language: Option<&Language>) -> usize {
    let telling = said(text, language).into_iter();
    let telling = telling.filter(|word| !is_little(word, language));
    let terms: HashSet<String> = telling.map(|word| word.term).collect();
    terms.len()
}

/// Words of a turn; of a stretch without spaces that is no word as a whole, such as a sentence in Thai, its pairs of
/// characters side by side.
fn said(text: &str, language: Option<&Language>) -> Vec<Word> {
    let mut words = words_once(text, language);
    let is_whole = |word: &&Word| word.kind != WordKind::Bigram;
    let covered: HashSet<usize> = words
        .iter()
        .filter(is_whole)
        .flat_map(|word| word.start..word.end)
        .collect();
    let mut behind = 0;
    words.retain(|word| {
        if word.kind != WordKind::Bigram {
            return true;
        }
        let is_kept = word.start >= behind && !covered.contains(&word.start);
        if is_kept {
            behind = word.end;
        }
        is_kept
    });
    words
}

/// Whether a word says nothing of what is wanted.
fn is_little(word: &Word, language: Option<&Language>) -> bool {
    is_function_word(&word.term)
        || POLITE_SET.contains(&word.term)
        || language.is_some_and(|language| language.is_function_word(&word.term))
}

/// Which words of a text are part of a formula.
fn formulas(text: &str) -> impl Fn(&Word) -> bool {
    let ranges = FORMULA_BOOK.ranges(text);
    move |word| {
        let mut ranges = ranges.iter();
        ranges.any(|[start, end]| *start <= word.start && word.end <= *end)
    }
}

/// Whether a turn tells anything, if only a day or a number.
pub(super) fn tells(text: &str) -> bool {
    let is_formula = formulas(text);
    said(text, None)
        .iter()
        .any(|word| !is_formula(word) && (!is_little(word, None) || DATA_SET.contains(&word.term)))
}

/// Whether a turn asks for nothing. `asked` is the agent's turn before it, where there is one.
pub(super) fn is_small_talk(text: &str, asked: Option<&str>, language: Option<&Language>) -> bool {
    let said = said(text, language);
    let is_formula = formulas(text);
    let telling: Vec<_> = said
        .iter()
        .filter(|word| !is_little(word, language) && !is_formula(word))
        .collect();
    let is_data = |word: &Word| {
        word.kind == WordKind::Code
            || word.term.chars().count() == 1 && word.term.is_ascii()
            || DATA_SET.contains(&word.term)
    };
    let asks = || asks(text, said.iter().map(|word| word.term.as_str()));
    if telling.is_empty() {
        let asks_in_another = language.is_some() && fold(text).text.contains('?');
        return !asks_in_another && !asks();
    }
    let has_figures = telling.iter().any(|word| word.kind == WordKind::Code);
    if telling.iter().all(|word| is_data(word)) && (has_figures || asked.is_some_and(asks_for_data))
    {
        return !asks();
    }
    let names = || {
        telling.len() <= 4
            && telling
                .iter()
                .all(|word| is_data(word) || is_capitalised(text, word.start))
    };
    asked.is_some_and(asks_for_data) && names() && !asks()
}

/// Whether a turn of few words asks something.
fn asks<'a>(text: &str, mut terms: impl Iterator<Item = &'a str>) -> bool {
    if !terms.any(|term| ASKING_SET.contains(term)) {
        return false;
    }
    let folded = fold(text).text;
    let plain: String = folded
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .collect();
    !CIVIL.iter().any(|civil| plain.contains(civil))
}

/// Whether no yes or no answers a question: it asks what, or for a number or the like.
pub(super) fn asks_for_words(question: &str) -> bool {
    words(question)
        .iter()
        .any(|word| ASKING_SET.contains(&word.term))
        || asks_for_data(question)
}

/// Whether a turn asks for a name, a number or the like.
fn asks_for_data(turn: &str) -> bool {
    words(turn)
        .iter()
        .any(|word| word.kind != WordKind::Bigram && DATA_SET.contains(&word.term))
}

fn is_capitalised(text: &str, at: usize) -> bool {
    text.chars().nth(at).is_some_and(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Languages;

    fn check(expected: bool, turns: &[&str]) {
        for turn in turns {
            assert_eq!(is_small_talk(turn, None, None), expected, "{turn:?}");
        }
    }

    #[test]
    fn greetings_thanks_and_assent_ask_for_nothing() {
        check(
            true,
            &[
                "Hello!",
                "hi, good morning, how are you?",
                "Thank you so much",
                "ok",
                "yes please",
                "no that is all",
                "Great, thanks. Bye!",
                "Have a good one!",
                "It was nice talking to you.",
                "You too, take care.",
                "Sure, go ahead.",
                "no rush, no rush",
                "♪ ♪",
            ],
        );
        check(
            true,
            &[
                "你好",
                "喂，您好",
                "好的，谢谢您",
                "嗯嗯",
                "没有了，再见",
                "不客气",
                "是的",
                "没问题",
                "好的明白了",
                "謝謝",
                "不着急，您慢慢来。",
                "不着急，不着急。",
                "今天天气真不错。",
                "",
            ],
        );
    }

    #[test]
    fn data_spelled_out_asks_for_nothing() {
        check(
            true,
            &[
                "3253443846",
                "order number is 3253443846",
                "My account number is 12 34 56",
                "it's D5WE1SEBSC",
                "我的手机号是13800138000",
            ],
        );
        assert!(is_small_talk(
            "Joyce Wu",
            Some("Can I have your full name?"),
            None
        ));
        assert!(is_small_talk(
            "Sunday",
            Some("What date would you like?"),
            None
        ));
        assert!(!is_small_talk(
            "refund my order",
            Some("Can I have your full name?"),
            None
        ));
    }

    #[test]
    fn wants_and_questions_are_heard() {
        check(
            false,
            &[
                "I want to cancel my contract",
                "Hello, my router is broken",
                "how much is it?",
                "Is it quiet there?",
                "what documents do I need",
                "Please go ahead and cancel it",
            ],
        );
        check(
            false,
            &[
                "你好，我想退订套餐",
                "怎么办",
                "宽带上不了网",
                "多少钱",
                "我要投诉",
                "可以带宠物吗",
            ],
        );
    }

    #[test]
    fn sentences_without_spaces_say_something() {
        let thai = "ฉันต้องการยกเลิกสัญญาก่อนกำหนดต้องชำระค่าปรับเท่าไร";
        check(false, &[thai, "ຂ້ອຍຕ້ອງການຍົກເລີກສັນຍາກ່ອນກຳນົດ"]);
        assert!((10..30).contains(&content_words(thai, None)));
        assert_eq!(content_words("我想退订套餐", None), 2);
    }

    #[test]
    fn small_talk_is_known_in_the_language_that_is_spoken() {
        let tags = ["ar", "de", "en", "fr", "ru", "tr"].map(str::to_owned);
        let languages = Languages::of(&tags);
        let check = |expected: bool, turn: &str| {
            let language = languages.spoken(turn, None);
            assert_eq!(is_small_talk(turn, None, language), expected, "{turn:?}");
        };
        for turn in [
            "Guten Tag",
            "Ich habe eine Frage.",
            "Ja, kein Problem.",
            "Nein danke, das war alles. Auf Wiederhören.",
            "Bonjour madame",
            "Merci beaucoup, au revoir.",
            "Здравствуйте, у меня вопрос",
            "Merhaba, iyi günler",
            "Thank you so much",
            "好的，谢谢您",
        ] {
            check(true, turn);
        }
        for turn in [
            "Ich möchte kündigen",
            "Je voudrais une copie de ma facture",
            "Wie lange?",
            "Wie lange？",
            "كم؟",
            "my router is broken",
            "我要投诉",
        ] {
            check(false, turn);
        }
    }
}
