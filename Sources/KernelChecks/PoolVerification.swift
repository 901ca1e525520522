import GraphExec

/// Poolings and their gradients, of values among which there are equal ones and a NaN.
struct PoolVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  let config: KernelConfig

  func verify(_ window: PoolWindow, of shape: Shape, batch: Int) {
    let stride = config.stride(forBatch: batch)
    let reference = PoolReference(window, shape, stride: stride)
    let launches = PoolLaunches(
      window, from: reference.xLayout, to: reference.yLayout, stride: stride, config: config)
    let name = "\(shape), windows of \(window.kernel) by \(window.stride), padding \(window.padding)"
    check(launches.maximum(.x, to: .out), name, reference, reference.yLayout, reference.largest)
    check(launches.average(.x, to: .out), name, reference, reference.yLayout, reference.means)
    check(
      launches.averageGradient(.dY, to: .out), name, reference, reference.xLayout, reference.meanGradient)
    for gated in [false, true] {
      check(
        launches.maximumGradient(.x, .dY, gated: gated, to: .out), name, reference, reference.xLayout,
        reference.largestGradient(gated: gated))
    }
  }

  /// One window over the whole image.
  func verifyGlobal(of shape: Shape, batch: Int) {
    let stride = config.stride(forBatch: batch)
    let reference = PoolReference(globalOf: shape, stride: stride)
    let launches = PoolLaunches(
      globalFrom: reference.xLayout, to: reference.yLayout, stride: stride, config: config)
    check(launches.average(.x, to: .out), "\(shape), all", reference, reference.yLayout, reference.means)
    check(
      launches.averageGradient(.dY, to: .out), "\(shape), all", reference, reference.xLayout,
      reference.meanGradient)
  }

  private func check(
    _ launch: Launch, _ name: String, _ reference: PoolReference, _ layout: TensorLayout,
    _ expected: Expectation
  ) {
    report.attempt(launch.kernel, config.familyName, case: name) {
      // What is in no window keeps the zero that it was.
      let out = try runner.buffer("the result", [Float](repeating: 0, count: layout.rows * reference.stride))
      let buffers: [BufferID: any KernelBuffer] = [
        .x: try runner.buffer(
          "x", reference.xLayout.placed(reference.x, stride: reference.stride, border: .nan)),
        .dY: try runner.buffer(
          "dy", reference.yLayout.placed(reference.dY, stride: reference.stride, border: .nan)),
        .out: out,
      ]
      try runner.run(launch, on: buffers)
      let got = try out.read(Float.self)
      let stride = reference.stride
      var pixels: [Float] = []
      for row in layout.pixelRows { pixels += got[row * stride..<(row + 1) * stride] }
      let border = Set(0..<layout.rows).subtracting(layout.pixelRows)
      let isClean = border.allSatisfy { row in got[row * stride..<(row + 1) * stride].allSatisfy { $0 == 0 } }
      return expected.compare(pixels, stride: stride).worse(.exact([isClean ? 0 : 1], [0]))
    }
  }
}

/// What must come out of a pooling.
private struct PoolReference {
  let stride: Int
  let xLayout: TensorLayout
  let yLayout: TensorLayout
  let x: [Float]
  let dY: [Float]
  private let shape: Shape
  /// For each window the features in it; for each feature of y one.
  private let windows: [[Int]]
  /// Pixels of a window, those beyond the edge included.
  private let size: Double

  init(_ window: PoolWindow, _ shape: Shape, stride: Int) {
    func outputs(_ extent: Int) -> Int { (extent + 2 * window.padding - window.kernel) / window.stride + 1 }
    self.init(
      shape, Shape(shape.channels, outputs(shape.height), outputs(shape.width)), stride,
      kernel: (window.kernel, window.kernel), step: window.stride, padding: window.padding)
  }

  init(globalOf shape: Shape, stride: Int) {
    self.init(
      shape, Shape(shape.channels), stride, kernel: (shape.height, shape.width),
      step: max(shape.height, shape.width), padding: 0)
  }

  private init(
    _ shape: Shape, _ output: Shape, _ stride: Int, kernel: (height: Int, width: Int), step: Int, padding: Int
  ) {
    (self.shape, self.stride) = (shape, stride)
    (xLayout, yLayout) = (TensorLayout(shape, border: 1), TensorLayout(output, border: 2))
    size = Double(kernel.height * kernel.width)
    var random = RandomValues(seed: UInt64(shape.count * 100 + stride))
    // Few different values.
    var x = random.floats(shape.count * stride).map { ($0 * 2).rounded() / 2 }
    x[shape.count * stride / 3] = .nan
    self.x = x
    dY = random.floats(output.count * stride)
    func inside(_ place: Int, _ kernel: Int, _ extent: Int) -> Range<Int> {
      max(place * step - padding, 0)..<min(place * step - padding + kernel, extent)
    }
    windows = (0..<output.count).map { feature in
      let (c, pixel) = feature.quotientAndRemainder(dividingBy: output.pixels)
      let (oy, ox) = pixel.quotientAndRemainder(dividingBy: output.width)
      return inside(oy, kernel.height, shape.height).flatMap { y in
        inside(ox, kernel.width, shape.width).map { (c * shape.height + y) * shape.width + $0 }
      }
    }
  }

  private func expectation(_ features: Int) -> Expectation {
    let zeros = [Double](repeating: 0, count: features * stride)
    return Expectation(rows: features, columns: stride, values: zeros, bounds: zeros)
  }

  /// Calls `body` with each entry of y, and the entries of x in its window.
  private func forEachWindow(_ body: (_ to: Int, _ places: [Int]) -> Void) {
    for (feature, window) in windows.enumerated() {
      for column in 0..<stride { body(feature * stride + column, window.map { $0 * stride + column }) }
    }
  }

  /// The first of the largest.
  private func first(_ places: [Int]) -> Int {
    places.dropFirst().reduce(places[0]) { x[$1] > x[$0] || x[$1].isNaN ? $1 : $0 }
  }

  var largest: Expectation {
    var result = expectation(windows.count)
    forEachWindow { to, places in result.values[to] = Double(x[first(places)]) }
    return result
  }

  var means: Expectation {
    var result = expectation(windows.count)
    forEachWindow { to, places in
      result.values[to] = places.reduce(0) { $0 + Double(x[$1]) } / size
      let magnitude = places.reduce(0) { $0 + Double(x[$1].magnitude) } / size
      result.bounds[to] = Double(places.count + 2) * Expectation.unit * magnitude
    }
    return result
  }

  var meanGradient: Expectation {
    var result = expectation(shape.count)
    forEachWindow { to, places in
      for at in places {
        result.values[at] += Double(dY[to]) / size
        result.bounds[at] += 12 * Expectation.unit * Double(dY[to].magnitude) / size
      }
    }
    return result
  }

  func largestGradient(gated: Bool) -> Expectation {
    var result = expectation(shape.count)
    forEachWindow { to, places in
      let at = first(places)
      guard !gated || !(x[at] <= 0) else { return }
      result.values[at] += Double(dY[to])
      result.bounds[at] += 10 * Expectation.unit * Double(dY[to].magnitude)
    }
    return result
  }
}
