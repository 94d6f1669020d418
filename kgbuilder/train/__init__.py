"""train: models out of the user's own text and labels, and of the recipes in ``pipelines/``.

What torch does is in ``nn/``; here is what comes before it (reading, mapping labels, keeping test texts
out, choosing held-out documents) and after it (scores, the curve, the card, the folder that ships).
"""
