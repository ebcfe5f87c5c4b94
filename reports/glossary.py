"""How to read the numbers: the terms of a report, each in two or three plain sentences."""

from __future__ import annotations

GLOSSARY: tuple[tuple[str, str], ...] = (
    (
        "Memorization",
        "How much more often models are right about a record when it was in their training set than when it was "
        "not. 0: being trained on makes no difference. 1: they are right only because they saw it "
        "(Feldman & Zhang 2020, arXiv:2008.03703). A record is said to be memorized where its score is shown to "
        "reach the threshold; of all named so, at most 5 % are named wrongly on average (false discovery rate). "
        "The plain count takes every record whose score reaches it, and holds some by chance.",
    ),
    (
        "Influence",
        "The same difference for a test record: how much more often models are right about it when a certain training "
        "record was in. A high-influence pair is a memorized record that decides the answer to a new one.",
    ),
    (
        "Membership inference",
        "An attack that sees a model and a record and says whether the model was trained on it. Where membership is "
        "itself sensitive (a clinic's patients), a right answer is already a disclosure.",
    ),
    (
        "TPR at FPR",
        "TPR, the true-positive rate: the share of members that the attack finds. FPR, the false-positive rate: the "
        "share of non-members that it wrongly accuses. TPR at 0.1 % FPR is what it finds when it may be wrong about "
        "one non-member in a thousand: the accusations that hold up (Carlini et al. 2022, arXiv:2112.03570).",
    ),
    (
        "AUC",
        "The chance that the attack ranks a random member above a random non-member: 0.5 is a coin, 1 is certainty. "
        "It is an average; a few records may be fully exposed while it stays near 0.5.",
    ),
    (
        "Exposure of a record",
        "How much more often the headline attack picks out the record from models that were trained on it than from "
        "models that were not (TPR minus FPR on this record), at a threshold with a low false-positive rate over all "
        "records. 0: it cannot tell. 1: it always can.",
    ),
    (
        "Epsilon claimed",
        "What differential privacy (DP) promises: no record changes the odds of any outcome of training by more than a "
        "factor of e to the epsilon, up to a small probability delta. It is computed by an accountant from the noise, "
        "and checked by a second one. It covers one training run: not the many runs of this audit, and not the "
        "choice of the settings.",
    ),
    (
        "Epsilon proved",
        "A lower bound from measurement: with the stated confidence, the true epsilon is at least this. Above the "
        "claimed epsilon it proves a bug. A small one proves nothing: it is no evidence of privacy, and no audit of "
        "this size could have proved more than the figure beside it.",
    ),
    (
        "Memorization cap",
        "The highest memorization, and the highest advantage of any attack on a record, that the claimed guarantee "
        "allows: the accountant's delta at epsilon 0. A record above it beyond doubt proves the implementation wrong.",
    ),
    (
        "One-run bound",
        "Even a single training run proves something about epsilon if a fair coin decided for each of many records "
        "whether it was used: an attacker guesses the coins, and more right guesses than a claimed epsilon allows "
        "refute the claim (Steinke et al. 2023, arXiv:2305.08846).",
    ),
    (
        "Credible interval",
        "Where epsilon lies with the stated probability, to one who starts without an opinion and sees the counts. It "
        "has an upper end, which a proof cannot have; it is no proof, and speaks of the one attack that was tried.",
    ),
    (
        "Trade-off curve",
        "The smallest share of members that an attack must miss for each share of non-members that it wrongly accuses. "
        "A guarantee sets it for every attack at once; the accountant's own curve says more than a single pair of "
        "epsilon and delta. An attack below it proves the implementation wrong.",
    ),
    (
        "Self-check",
        "Tests of a DP implementation against its own claim. Violated: what was measured is impossible under the "
        "claim. Consistent: a violation as large as training without DP would have been seen, and was not. Not tested: "
        "these models were too few to see one.",
    ),
    (
        "Canary",
        "A record that is made to be memorized, such as one with a wrong label, put into training by a fair coin. What "
        "an attack finds of canaries is close to the worst case, of which a guarantee speaks; natural records show the "
        "typical case. Canaries are part of no other figure.",
    ),
    (
        "The link",
        "Memorization is measured on one half of the models and leakage on the other, so that agreement cannot come "
        "from shared noise. The noise ceiling is the highest correlation that so many models allow; shuffled "
        "membership shows what remains when there is nothing to find.",
    ),
    (
        "Intervals",
        "Every measured figure stands with the range that its sample supports. A figure such as < 1/500 means: not "
        "once in so many trials. A rate that the sample is too small to show is named so, and is not zero.",
    ),
)
