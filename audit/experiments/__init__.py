"""Why networks memorize: experiments that anyone can run on their own data and models; one small file each."""

from __future__ import annotations

EXPERIMENTS: dict[str, str] = {
    "removal": "what becomes of accuracy, and of the records that stay, without the most memorized ones. "
    "Feldman & Zhang 2020, arXiv 2008.03703; Carlini et al. 2022, arXiv 2206.10469",
    "longtail": "error and memorization by how often a subpopulation occurs, beside what theory predicts. "
    "Feldman 2020, arXiv 1906.05271",
    "irrelevant": "training records reconstructed from a model and a label, down to what is irrelevant. "
    "Brown et al. 2021, arXiv 2012.06421",
    "secrets": "random secrets in a text: how exposed they are, and which can be extracted. "
    "Carlini et al. 2019, arXiv 1802.08232",
    "proxies": "what one training run tells of memorization. Pollock et al. 2024, arXiv 2411.05743, and others",
    "agreement": "memorization against a published score or the noise of labels. Jiang et al. 2021, arXiv 2002.03206",
}
"""Name -> what it shows, and whose finding it is."""
