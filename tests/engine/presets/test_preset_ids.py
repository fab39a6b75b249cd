"""A configuration keeps its id when the language of configurations grows: what is kept under an id is found again."""

from __future__ import annotations

from engine.presets import presets
from engine.run.task import parse_config

IDS = {
    "pytorch": "e96c688035652b8303c7",
    "xor": "814d31b31c8161416997",
    "circle": "eb9ab67ed27c527f912b",
    "spiral": "4773336f3bf283e608b2",
    "moons": "7e5129f62a9997977c05",
    "sine": "d515f6d3a336cd3d7b86",
    "iris": "89c49ca45aa2163aad40",
    "digits": "fc0c2cfadfcb425bd807",
    "digits_conv": "566d3f155016720428c9",
    "vanishing": "9e834e54b8967c4646f1",
    "kaiming": "24cfbb62dd949fe9cfa9",
    "diverging": "31f563a22763cce9cf52",
    "one_neuron": "393b37e00575892dbfa4",
    "feedback": "44ad45ae3c5f9a634a4e",
    "overfitting": "2fc65ec867b29582abb3",
    "weight_penalty": "d7e07f3fb4ca669b163c",
    "dropout": "3ee9f491eb6c7ea5eb7f",
    "early_stopping": "0576f65a75c34cfe24b2",
    "features": "16c1b290f9cd9044d01e",
    "batch_norm": "b2b29e2a1686381231f2",
    "residual": "4d54e5a58bf9c17e070b",
    "clipping": "98945ec1fba71875d109",
    "range_test": "2c347731b06a0d9f13a0",
    "label_smoothing": "d850fb171972e2a2704e",
    "characters": "288d0967497b5f85a88c",
    "forgetting": "dab01737e3aba8937596",
    "remembering": "1ddc1cc063a152acd3a5",
    "transformer": "668787b1129d6664703f",
    "reversing": "1a96702b3d5a3fd3b8e6",
    "chain_rule": "a0befd6ad9c19c12ff0b",
    "micrograd": "6185cfc1337902a49554",
    "valley": "e0a35e7e811e5a82ccb7",
    "rosenbrock": "ed3cdf6a6f9972ac6afd",
    "saddle": "96aa9ef73fbeea056dd6",
}


def test_the_presets_have_the_ids_that_they_were_first_kept_under() -> None:
    found = {preset.name: parse_config(preset.config).id for preset in presets()}

    assert {name: found.get(name) for name in IDS} == IDS
