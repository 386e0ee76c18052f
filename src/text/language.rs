//! Language of a text, and whether it is in Chinese, Japanese or Korean characters.

use super::{
    accents::is_latin,
    fold::{is_simplified_form, simplified},
    script::{Class, is_cjk},
    tag::tag,
};

/// Characters that are looked at: the language of a text shows early.
const SAMPLE: usize = 1_500;

/// Letters below which Latin script counts as English unless it surely is something else.
const SHORT: usize = 80;

/// Share of everyday English words that makes a text English.
const ENGLISH_SHARE: f64 = 0.18;

/// Share that makes a short text English.
const SHORT_ENGLISH_SHARE: f64 = 0.08;

/// Everyday words that are hardly written in other languages.
const ENGLISH: &[&str] = &[
    "the", "and", "you", "your", "are", "with", "that", "this", "what", "how", "my", "they",
    "when", "which", "would", "could", "should", "there", "where", "why", "who", "been", "their",
    "about", "because", "from", "i'm", "don't", "it's", "can't", "need", "want", "please",
    "thanks", "get", "our", "does", "did", "not", "it", "if", "any", "some", "or", "by", "can",
    "has", "make", "out", "up", "during",
];

/// Everyday words of English and of others; three count as one.
const SHARED_WORDS: &[&str] = &[
    "a", "an", "as", "at", "be", "do", "for", "have", "i", "in", "is", "me", "of", "on", "so",
    "to", "was", "we", "will",
];

/// Simplified forms that are also written in traditional script.
const SHARED: &str = "台里后只干面斗谷丑余几系松准征舍制借了志才出向云致冬复范郁秋困回表吃叶伙折占周注游合同并布当划卷游采升咸群家核棱杰峰温";

/// BCP 47 tag of the language a text is written in: `en`, `zh-Hans`, `zh-Hant`, …; `und` when it cannot be told.
///
/// Chinese of undecided script is `zh-Hans`; short Latin text is `en` unless it surely is something else.
#[must_use]
pub fn detect(text: &str) -> &'static str {
    let sample = Sample::of(text);
    if sample.kana * 10 > sample.han && sample.kana + sample.han > sample.words {
        return "ja";
    }
    if sample.is_mostly(sample.han) {
        return if sample.traditional > sample.simplified {
            "zh-Hant"
        } else {
            "zh-Hans"
        };
    }
    if sample.words == 0 {
        return "und";
    }
    if sample.latin < sample.letters {
        return whatlang::detect_lang(sample.text).map_or("und", tag);
    }
    let share = sample.english / sample.words as f64;
    let short = sample.letters < SHORT;
    if share
        >= if short {
            SHORT_ENGLISH_SHARE
        } else {
            ENGLISH_SHARE
        }
    {
        return "en";
    }
    match whatlang::detect(sample.text) {
        Some(info)
            if info.is_reliable() || ((!short || sample.accented) && info.confidence() > 0.3) =>
        {
            tag(info.lang())
        }
        _ => "en",
    }
}

/// Whether a text is written in Chinese, Japanese or Korean characters rather than in an alphabet. Codes and product names
/// do not decide.
#[must_use]
pub fn is_cjk_text(text: &str) -> bool {
    text.chars().any(is_cjk) && {
        let sample = Sample::of(text);
        sample.is_mostly(sample.han + sample.kana + sample.hangul)
    }
}

/// What the beginning of a text is made of.
#[derive(Default)]
struct Sample<'a> {
    text: &'a str,
    han: usize,
    traditional: usize,
    simplified: usize,
    kana: usize,
    hangul: usize,
    /// Words of scripts with spaces.
    words: usize,
    /// How many of these are everyday English.
    english: f64,
    /// Letters of scripts with spaces, of which…
    letters: usize,
    /// …are Latin.
    latin: usize,
    /// Whether some of them have accents, which English does without.
    accented: bool,
}

impl<'a> Sample<'a> {
    fn of(text: &'a str) -> Self {
        let end = text
            .char_indices()
            .nth(SAMPLE)
            .map_or(text.len(), |(byte, _)| byte);
        let mut sample = Self {
            text: &text[..end],
            ..Self::default()
        };
        for c in sample.text.chars() {
            match Class::of(c) {
                Class::Han => sample.count_han(c),
                Class::Kana => sample.kana += 1,
                Class::Hangul => sample.hangul += 1,
                _ => {}
            }
        }
        let separates = |c: char| {
            !matches!(
                Class::of(c),
                Class::Letter | Class::Hangul | Class::Unspaced
            ) && c != '\''
                && c != '’'
        };
        for word in sample
            .text
            .split(separates)
            .filter(|word| word.chars().any(char::is_alphabetic))
        {
            let folded = word.to_lowercase().replace('’', "'");
            sample.words += 1;
            if ENGLISH.contains(&folded.as_str()) {
                sample.english += 1.0;
            } else if SHARED_WORDS.contains(&folded.as_str()) {
                sample.english += 1.0 / 3.0;
            }
            for c in word.chars().filter(|c| c.is_alphabetic()) {
                sample.letters += 1;
                sample.accented |= !c.is_ascii();
                sample.latin += usize::from(is_latin(c));
            }
        }
        sample
    }

    /// Whether that many characters without spaces outweigh the words: they mix in names and codes more often than English
    /// mixes in them. Everyday English counts twice.
    fn is_mostly(&self, characters: usize) -> bool {
        let (characters, words) = (characters as f64, self.words as f64);
        characters > 0.0
            && (characters >= words + self.english
                || (characters * 3.0 >= words && self.english * 10.0 < words))
    }

    fn count_han(&mut self, c: char) {
        self.han += 1;
        if simplified(c) != c {
            self.traditional += 1;
        } else if is_simplified_form(c) && !SHARED.contains(c) {
            self.simplified += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(detect(text), expected, "language of {text:?}");
    }

    #[test]
    fn english_even_when_short() {
        check("refund", "en");
        check("E204 error", "en");
        check("How do I cancel my contract?", "en");
        check("Early termination fee", "en");
        check(
            "What would make a decline message show up during a transfer?",
            "en",
        );
        check("book a rental car to los angeles county in 2 hours", "en");
        check("The Chinese word is 违约金", "en");
    }

    #[test]
    fn chinese_in_both_scripts() {
        check("怎么退订", "zh-Hans");
        check("怎麼退訂服務", "zh-Hant");
        check("台灣漫遊", "zh-Hant");
        check("你好", "zh-Hans");
        check("您的合约在到期前解除，需要支付违约金", "zh-Hans");
        check("PD 启动报错：etcd cluster ID mismatch", "zh-Hans");
        check("我的 iPhone 15 Pro 连不上 Wi-Fi 怎么办", "zh-Hans");
    }

    #[test]
    fn codes_and_names_do_not_decide_how_a_text_is_written() {
        for text in [
            "HL-Box 7 怎么重启",
            "HL-Box 7 重启",
            "Wi-Fi密码",
            "Wi-Fi连不上",
            "Travel Pass 多少钱",
            "SIM卡",
            "5G卡",
            "光纤",
            "サービスを解約したい",
            "Wi-Fi 비밀번호",
        ] {
            assert!(is_cjk_text(text), "{text}");
        }
        for text in [
            "what does 光猫 mean on my bill",
            "what is 违约金",
            "can I cancel 套餐",
            "E204",
            "",
            "cancel",
        ] {
            assert!(!is_cjk_text(text), "{text}");
        }
    }

    #[test]
    fn other_languages() {
        check("解約したいのですが、どうすればいいですか", "ja");
        check("계약을 해지하고 싶어요", "ko");
        check(
            "Wie kann ich meinen Vertrag kündigen und was kostet das?",
            "de",
        );
        check(
            "¿Cómo puedo cancelar mi contrato y cuánto me va a costar?",
            "es",
        );
        check("Как мне расторгнуть договор с вашей компанией?", "ru");
        check("ยกเลิกสัญญาได้อย่างไร", "th");
    }

    #[test]
    fn nothing_to_read_is_undetermined() {
        check("", "und");
        check("12 + 30 = ?", "und");
    }

    proptest! {
        #[test]
        fn any_text_has_a_tag(text in "\\PC{0,80}") {
            prop_assert!(!detect(&text).is_empty());
        }
    }
}
