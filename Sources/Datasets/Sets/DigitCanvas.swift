/// A square of pixels on which strokes leave ink.
///
/// Only additions, multiplications, divisions and square roots, which IEEE 754 rounds the same way everywhere.
struct DigitCanvas {
  static let side = 28
  /// Straight pieces per curve; at 28 pixels more cannot be told apart.
  private static let pieces = 6

  /// For each pixel the squared distance of its centre to the nearest stroke, in pixels, or `far`.
  private var squaredDistance = [Float](repeating: far, count: side * side)
  private static let far: Float = 1024
  /// How far from a stroke's middle there can be ink.
  private let reach: Float

  /// An empty canvas for a pen whose ink ends `reach` pixels from the middle of the stroke.
  init(reach: Float) {
    self.reach = reach
  }

  /// Draws cubic Bezier curves end to end, in pixels: a start, then two controls and an end for each.
  mutating func draw(curves points: [Point]) {
    var previous = points[0]
    for first in stride(from: 0, to: points.count - 3, by: 3) {
      for piece in 1...Self.pieces {
        let t = Float(piece) / Float(Self.pieces)
        let s = 1 - t
        let start = points[first] * (s * s * s) + points[first + 1] * (3 * s * s * t)
        let end = points[first + 2] * (3 * s * t * t) + points[first + 3] * (t * t * t)
        let next = start + end
        draw(from: previous, to: next)
        previous = next
      }
    }
  }

  private mutating func draw(from a: Point, to b: Point) {
    let side = Self.side
    let direction = b - a
    let length = direction.x * direction.x + direction.y * direction.y
    let inverse = length > 0 ? 1 / length : 0
    func pixels(_ u: Float, _ v: Float) -> Range<Int> {
      let low = max(0, Int(min(u, v) - reach))
      return low..<max(low, min(side, Int(max(u, v) + reach + 1)))
    }
    let columns = pixels(a.x, b.x)
    for row in pixels(a.y, b.y) {
      for column in columns {
        let offset = Point(Float(column) + 0.5, Float(row) + 0.5) - a
        let along = (offset.x * direction.x + offset.y * direction.y) * inverse
        let gap = offset - direction * min(max(along, 0), 1)
        let distance = gap.x * gap.x + gap.y * gap.y
        let index = row * side + column
        squaredDistance[index] = min(squaredDistance[index], distance)
      }
    }
  }

  /// How much of the pixel is inked, 0...1: full inside, falling to 0 within the last pixel of the reach.
  func coverage(_ index: Int) -> Float {
    let distance = squaredDistance[index]
    return distance < reach * reach ? min(1, reach - distance.squareRoot()) : 0
  }
}
