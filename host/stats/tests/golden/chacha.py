"""ChaCha20 and the bootstrap of stats::bootstrap, written from their descriptions alone.

ChaCha20: Bernstein (2008), ChaCha, a variant of Salsa20; the constants and the rounds as in RFC
8439, section 2.3, with the original 64-bit counter and 64-bit nonce.
"""
import numpy

RESAMPLES = 1999


def rounds(state):
    def quarter(a, b, c, d):
        for to, by, mixed, shift in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            work[to] += work[by]
            work[mixed] ^= work[to]
            work[mixed] = work[mixed] << shift | work[mixed] >> (32 - shift)

    work = state.copy()
    for _ in range(10):
        for first in range(4):
            quarter(first, first + 4, first + 8, first + 12)
        for first in range(4):
            column = [(first + step) % 4 + 4 * step for step in range(4)]
            quarter(*column)
    return work + state


def stream(key, count):
    """The first `count` little-endian 64-bit numbers under a key of 32 bytes."""
    blocks = -(-count // 8)
    state = numpy.zeros((16, blocks), dtype=numpy.uint32)
    words = numpy.frombuffer(b"expand 32-byte k" + key, dtype="<u4")
    state[:12] = words[:, None]
    state[12] = numpy.arange(blocks, dtype=numpy.uint64) & 0xFFFFFFFF
    # Counters stay below 2^32 here; the upper half and the nonce are 0.
    return rounds(state).T.astype("<u4").tobytes()[: count * 8]


def draws(key, sizes):
    """For each resample, for each sample in `sizes`, its indices: floor(x n / 2^64)."""
    numbers = numpy.frombuffer(stream(key, RESAMPLES * sum(sizes)), dtype="<u8").tolist()
    at = 0
    for _ in range(RESAMPLES):
        one = []
        for size in sizes:
            one.append([x * size >> 64 for x in numbers[at : at + size]])
            at += size
        yield one


def mean(values, key):
    n = len(values)
    sums = sorted(sum(values[i] for i in one) for (one,) in draws(key, [n]))
    return sum(values) / n, sums[49] / n, sums[1949] / n


def difference(of, baseline, key):
    m, n = len(of), len(baseline)
    scaled = sorted(
        sum(of[i] for i in first) * n - sum(baseline[i] for i in second) * m
        for first, second in draws(key, [m, n])
    )
    value = sum(of) * n - sum(baseline) * m
    return value / (m * n), scaled[49] / (m * n), scaled[1949] / (m * n)
