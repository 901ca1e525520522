import RandomNumbers

/// Ten digits drawn from strokes, so that the product can be tried without any download.
///
/// Each image takes one of the ways to write its digit, lets the hand tremble, turns it by up to 20 degrees, shears,
/// scales and moves it, and draws it with a pen of random width and ink over random noise: 28x28 bytes. Ten
/// consecutive images hold each digit once, in random order, and an image depends on the seed, its part of the set
/// and its index alone. Only IEEE basic operations and square roots are used, so a seed gives the same bytes on
/// every machine.
///
/// How hard it is, measured with seed 1 on the first 2,000 test images after training on the first 12,000: a
/// multinomial logistic regression (scikit-learn, the best of five regularisations) reaches 90.4%, the bias-free
/// ReLU network 784-1000-1000-500-200-10 (He initialisation, Adam 0.001, batch 256, 5 epochs) 98.3% to 99.3% over
/// three seeds.
struct SyntheticDigits {
  static let classes = 10
  static let shape = ImageShape(height: DigitCanvas.side, width: DigitCanvas.side)

  /// The stream of random numbers a part of the set is drawn from; no two parts share one.
  enum Stream: UInt64 {
    case train = 1
    case test = 2
  }

  var seed: UInt64

  /// The images `range` of a stream.
  func images(_ name: String, of stream: Stream, range: Range<Int>) -> ImageSet {
    let side = DigitCanvas.side
    var labels = [UInt8]()
    labels.reserveCapacity(range.count)
    let images = [UInt8](unsafeUninitializedCapacity: range.count * side * side) { pixels, count in
      var order: [UInt8] = []
      for (position, index) in range.enumerated() {
        if order.isEmpty || index % Self.classes == 0 {
          order = classes(ofBlock: index / Self.classes, stream: stream)
        }
        let label = order[index % Self.classes]
        labels.append(label)
        let slice = UnsafeMutableBufferPointer(
          rebasing: pixels[(position * side * side)...].prefix(side * side))
        draw(label, stream: stream, index: index, into: slice)
      }
      count = range.count * side * side
    }
    return ImageSet(name: name, images: images, labels: labels, shape: Self.shape)
  }

  /// The classes of ten consecutive images: each once, shuffled.
  private func classes(ofBlock block: Int, stream: Stream) -> [UInt8] {
    // Images use the even items, blocks the odd ones.
    var random = SplitMix64(seed: seed, stream: stream.rawValue, item: UInt64(block) * 2 + 1)
    var order = (0..<Self.classes).map { UInt8($0) }
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, random.below(last + 1))
    }
    return order
  }

  private func draw(
    _ label: UInt8, stream: Stream, index: Int, into pixels: UnsafeMutableBufferPointer<UInt8>
  ) {
    var random = SplitMix64(seed: seed, stream: stream.rawValue, item: UInt64(index) * 2)
    let ways = DigitStroke.digits[Int(label)]
    let strokes = ways[random.below(ways.count)]
    let pen = random.uniform(1.1, 2.2)
    let place = Placement(random: &random)
    var canvas = DigitCanvas(reach: pen)
    for stroke in strokes {
      var points = stroke.points.map { place.onCanvas($0 + Placement.tremor(&random)) }
      if stroke.points.first == stroke.points.last {
        points[points.count - 1] = points[0]
      }
      canvas.draw(curves: points)
    }
    let ink = random.uniform(0.7, 1)
    let noise = random.uniform(0, 0.4)
    var bits: UInt64 = 0
    for pixel in 0..<pixels.count {
      // Eight bits of noise for a pixel, eight pixels to a random number.
      if pixel % 8 == 0 { bits = random.next() }
      let grain = (Float(bits & 255) - 127.5) / 255
      bits >>= 8
      let value = ink * canvas.coverage(pixel) + noise * grain
      pixels[pixel] = UInt8(min(max(value, 0), 1) * 255 + 0.5)
    }
  }
}

/// The random affine map that puts a digit's unit square on the canvas.
private struct Placement {
  private let columnX: Point
  private let columnY: Point
  private let center: Point

  init(random: inout SplitMix64) {
    // A rotation without sine or cosine, whose last bits differ between machines: tan(angle / 2) = t.
    let t = random.uniform(-0.18, 0.18)
    let cosine = (1 - t * t) / (1 + t * t)
    let sine = 2 * t / (1 + t * t)
    let shear = random.uniform(-0.3, 0.3)
    let width = random.uniform(12, 20)
    let height = random.uniform(15, 22)
    columnX = Point(cosine, sine) * width
    columnY = Point(shear * cosine - sine, shear * sine + cosine) * height
    let middle = Float(DigitCanvas.side) / 2
    center = Point(middle + random.uniform(-2, 2), middle + random.uniform(-2, 2))
  }

  func onCanvas(_ point: Point) -> Point {
    center + columnX * (point.x - 0.5) + columnY * (point.y - 0.5)
  }

  /// How far a hand misses a point.
  static func tremor(_ random: inout SplitMix64) -> Point {
    Point(random.uniform(-0.05, 0.05), random.uniform(-0.05, 0.05))
  }
}
