"""BLAKE3 of a short text, after the reference description (github.com/BLAKE3-team/BLAKE3-specs): slow, and only
for sealing a manifest that was broken on purpose."""

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
LANES = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
WORD = 0xFFFFFFFF


def turn(value, by):
    return (value >> by | value << (32 - by)) & WORD


def mix(state, lane, first, second):
    a, b, c, d = lane
    for word, turns in ((first, (16, 12)), (second, (8, 7))):
        state[a] = (state[a] + state[b] + word) & WORD
        state[d] = turn(state[d] ^ state[a], turns[0])
        state[c] = (state[c] + state[d]) & WORD
        state[b] = turn(state[b] ^ state[c], turns[1])


def compress(chain, block, counter, length, flags):
    words = [int.from_bytes(block[place:place + 4], "little") for place in range(0, 64, 4)]
    state = [*chain, *IV[:4], counter & WORD, counter >> 32, length, flags]
    for _ in range(7):
        for place, lane in enumerate(LANES):
            mix(state, lane, words[2 * place], words[2 * place + 1])
        words = [words[place] for place in ORDER]
    return [state[place] ^ state[place + 8] for place in range(8)]


def words_of(chain):
    return b"".join(word.to_bytes(4, "little") for word in chain)


def chunk(data, counter, root):
    chain = list(IV)
    blocks = [data[place:place + 64] for place in range(0, len(data), 64)] or [b""]
    for place, block in enumerate(blocks):
        flags = (CHUNK_START if place == 0 else 0) | (CHUNK_END | root if place == len(blocks) - 1 else 0)
        chain = compress(chain, block.ljust(64, b"\0"), counter, len(block), flags)
    return chain


def tree(chunks, counter, root):
    if len(chunks) == 1:
        return chunk(chunks[0], counter, root)
    left = 1 << (len(chunks) - 1).bit_length() - 1
    both = tree(chunks[:left], counter, 0) + tree(chunks[left:], counter + left, 0)
    return compress(IV, words_of(both), 0, 64, PARENT | root)


def blake3(data):
    return words_of(tree([data[place:place + 1024] for place in range(0, len(data), 1024)] or [b""], 0, ROOT))
