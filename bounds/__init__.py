"""Lower bounds on epsilon that hold: counts in, bounds out."""

from bounds.counts import Counts, Rates, epsilon_from_counts, epsilon_from_rates, most_provable, rates, refutes
from bounds.credible import credible_epsilon
from bounds.gaussian import ASSUMPTION, gaussian_mu
from bounds.one_run import one_run_epsilon, one_run_p_value
from bounds.one_run_tradeoff import one_run_mu, one_run_refutes, tradeoff_p_value
from bounds.rules import Bonferroni, Certified, Explicit, Rule, Split
from bounds.tradeoff import EpsilonDelta, Gaussian, TradeOff, gaussian_delta, gaussian_epsilon

__all__ = [
    "ASSUMPTION",
    "Bonferroni",
    "Certified",
    "Counts",
    "EpsilonDelta",
    "Explicit",
    "Gaussian",
    "Rates",
    "Rule",
    "Split",
    "TradeOff",
    "credible_epsilon",
    "epsilon_from_counts",
    "epsilon_from_rates",
    "gaussian_delta",
    "gaussian_epsilon",
    "gaussian_mu",
    "most_provable",
    "one_run_epsilon",
    "one_run_mu",
    "one_run_p_value",
    "one_run_refutes",
    "rates",
    "refutes",
    "tradeoff_p_value",
]
