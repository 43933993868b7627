"""The sample district 样例区: generated people, calls, patrols and actions, told as records like any others.

Nothing in it is real, and everything in it says so. Its figures are computed from what was generated.
"""
