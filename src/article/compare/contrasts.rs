//! Mutually exclusive words: two statements that contain them are about different cases, however similar they are
//! otherwise.

use std::{collections::HashSet, sync::LazyLock};

use crate::text::words;

/// Each line names one thing that is only one of them at a time.
const GROUPS: &[&str] = &[
    "first second third fourth",
    "business private consumer residential company",
    "fiber fibre dsl cable mobile television tv prepaid landline satellite",
    "incoming outgoing",
    "domestic international abroad",
    "weekday weekend sunday saturday",
    "minimum maximum",
    "new existing",
    "daily weekly monthly quarterly yearly annual",
    "upload download",
    "adult child",
    "sms call data",
    "router sim box receiver",
    "credit debit",
    "企业 公司 个人 家庭",
    "光纤 DSL 手机 电视 预付费 固话",
    "国内 国外 境外",
    "上传 下载",
    "首次 再次",
    "每天 每周 每月 每年",
    "短信 通话 流量",
    "拨打 接听",
    "路由器 SIM 机顶盒",
];

static CONTRASTS: LazyLock<Vec<HashSet<String>>> = LazyLock::new(|| {
    let terms = |group: &&str| words(group).into_iter().map(|word| word.term).collect();
    GROUPS.iter().map(terms).collect()
});

/// Whether each has a word that excludes one of the other's. Both are sorted.
pub(super) fn tells_apart(a: &[String], b: &[String]) -> bool {
    let own = |a: &[String], b: &[String], group: &HashSet<String>| {
        a.iter()
            .any(|word| group.contains(word) && b.binary_search(word).is_err())
    };
    CONTRASTS
        .iter()
        .any(|group| own(a, b, group) && own(b, a, group))
}
