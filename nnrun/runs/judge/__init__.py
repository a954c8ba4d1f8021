"""The judgement of a run by its expectations: from a trained model, or from the files of its folder."""
