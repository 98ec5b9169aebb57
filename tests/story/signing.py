"""Ed25519 signatures (RFC 8032) in plain Python: slow, for the few signatures of a test."""

import hashlib

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P


def _base_point():
    y = 4 * pow(5, -1, _P) % _P
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if x % 2:
        x = _P - x
    return x, y, 1, x * y % _P


def _add(a, b):
    m = (a[1] - a[0]) * (b[1] - b[0]) % _P
    n = (a[1] + a[0]) * (b[1] + b[0]) % _P
    o = 2 * a[3] * b[3] * _D % _P
    q = 2 * a[2] * b[2] % _P
    e, f, g, h = n - m, q - o, q + o, n + m
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _doubled(point):
    """The point, twice it, four times it …"""
    points = [point]
    while len(points) < 256:
        points.append(_add(points[-1], points[-1]))
    return points


def _times(number, doubled):
    total = (0, 1, 1, 0)
    for point in doubled:
        if number & 1:
            total = _add(total, point)
        number >>= 1
    return total


def _rows():
    """Of the base point 0 to 15 times, then each 16 times as much, and again: a sum of 64 is any multiple of it."""
    point = _base_point()
    for _ in range(64):
        row = [(0, 1, 1, 0)]
        while len(row) < 16:
            row.append(_add(row[-1], point))
        yield row
        point = _add(row[-1], point)


_BASE = list(_rows())


def _times_base(number):
    total = _BASE[0][number & 15]
    for row in _BASE[1:]:
        number >>= 4
        if number & 15:
            total = _add(total, row[number & 15])
    return total


def _packed(point):
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


class Signer:
    def __init__(self, seed):
        digest = hashlib.sha512(seed).digest()
        secret = int.from_bytes(digest[:32], "little")
        self._secret = secret & ((1 << 254) - 8) | 1 << 254
        self._prefix = digest[32:]
        self.public = _packed(_times_base(self._secret))

    def sign(self, message):
        nonce = _number(self._prefix, message) % _ORDER
        point = _packed(_times_base(nonce))
        proof = (nonce + _number(point, self.public, message) * self._secret) % _ORDER
        return point + proof.to_bytes(32, "little")


def _unpacked(packed):
    number = int.from_bytes(packed, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or y >= _P:
        raise ValueError("not a point")
    if x % 2 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def is_genuine(public, message, signature):
    """Whether the holder of the public key (32 bytes) signed the message."""
    proof = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or proof >= _ORDER:
        return False
    asked = _times(_number(signature[:32], public, message) % _ORDER, _doubled(_unpacked(public)))
    return _packed(_times_base(proof)) == _packed(_add(_unpacked(signature[:32]), asked))
