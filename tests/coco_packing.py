"""COCO's string packing, written anew from the description of the format for the tests to read back."""


def pack(counts):
    text = ""
    for place, count in enumerate(counts):
        rest = count - counts[place - 2] if place > 2 else count
        more = True
        while more:
            chunk = rest & 31
            rest >>= 5
            more = rest != (-1 if chunk & 16 else 0)
            text += chr(48 + (chunk | 32 if more else chunk))
    return text


def runs(mask):
    """Counts of zeros and ones in turn, down the columns, zeros first."""
    counts, held = [0], False
    for value in mask.T.ravel().tolist():
        if value != held:
            counts.append(0)
            held = value
        counts[-1] += 1
    return counts
