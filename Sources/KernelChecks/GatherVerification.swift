import GraphExec

/// The kernels that gather a batch: the values that the network sees, bit for bit.
struct GatherVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  let config: KernelConfig

  /// Batches full, partly filled and empty, from images in a random order: bytes, normalized by channel where there are
  /// several, and floats; images that have lines also cropped and mirrored.
  func verify(_ layout: TensorLayout, batch: Int) {
    var random = RandomValues(seed: UInt64(layout.shape.count * 1000 + batch))
    let set = GatheredSet(layout.shape, images: batch + 5, &random)
    let augmentations = [
      Augmentation(crop: 2, flip: true), Augmentation(crop: 1), Augmentation(flip: true),
    ]
    for count in Set([batch, batch / 2, 0]).sorted() {
      for input in [Plan.Input.bytes, .floats] {
        verify(set, input, layout, batch: batch, count: count, .none)
        for augmentation in augmentations where !layout.shape.isFlat {
          verify(set, input, layout, batch: batch, count: count, augmentation)
        }
      }
    }
  }

  private func verify(
    _ set: GatheredSet, _ input: Plan.Input, _ layout: TensorLayout, batch: Int, count: Int,
    _ augmentation: Augmentation
  ) {
    let (stride, cursor) = (config.stride(forBatch: batch), 3)
    let launches = BatchLaunches(stride: stride, config: config)
    let (step, seed) = (12_345, UInt64.max / 3)
    let launch =
      augmentation == .none
      ? launches.gather(layout, from: input, to: .x)
      : launches.augment(layout, from: input, augmentation, images: .images, seed: seed, to: .x)
    let bits = StepBits(of: .images, seed: seed, step: step)
    var expected = [Float](repeating: 0, count: layout.shape.count * stride)
    for column in 0..<count {
      let image = AugmentedImage(augmentation, of: layout.shape, column: column, bits: bits)
      for feature in 0..<layout.shape.count {
        expected[feature * stride + column] = set.seen(
          input, image: Int(set.order[cursor + column]), image.source(of: feature), feature: feature)
      }
    }
    let drawn =
      augmentation == .none ? "" : ", crop \(augmentation.crop)\(augmentation.flip ? ", mirrored" : "")"
    report.attempt(
      launch.kernel, config.familyName, case: "\(layout.shape) by \(batch) with \(count) images\(drawn)"
    ) {
      let x = try runner.buffer("x", [Float](repeating: .nan, count: layout.rows * stride))
      let state = StepVerification.state(step: step, cursor: cursor, count: count)
      try runner.run(
        launch,
        on: [
          .images: input == .bytes
            ? try runner.buffer("images", set.bytes) : try runner.buffer("images", set.floats),
          .scales: try runner.buffer("scales", set.scales),
          .order: try runner.buffer("order", set.order),
          .state: try runner.buffer("state", state.words), .x: x,
        ])
      // Nothing but pixels is written.
      let all = layout.placed(expected, stride: stride, border: .nan)
      return Expectation(exactly: all, rows: layout.rows, columns: stride).compare(
        try x.read(Float.self), stride: stride)
    }
  }
}

/// Random images of a shape, in a random order.
private struct GatheredSet {
  let size: Int
  let order: [Int32]
  let bytes: [UInt8]
  let floats: [Float]
  let scales: [Float]

  init(_ shape: Shape, images: Int, _ random: inout RandomValues) {
    size = shape.count
    order = random.permutation(images)
    bytes = random.bytes(images * size)
    floats = random.floats(images * size)
    let channels = shape.isFlat ? 1 : shape.channels
    let normalization = PixelNormalization(
      mean: (0..<channels).map { 0.3 + 0.1 * Double($0) },
      deviation: (0..<channels).map { 0.2 + 0.05 * Double($0) })
    scales = (channels == 1 ? .none : normalization).scales(features: size)
  }

  /// What a network sees as a feature, of the feature of an image that comes to lie there; nil is a black pixel.
  func seen(_ input: Plan.Input, image: Int, _ source: Int?, feature: Int) -> Float {
    let place = source.map { image * size + $0 }
    guard input == .bytes else { return place.map { floats[$0] } ?? 0 }
    return scales[size + feature].addingProduct(place.map { Float(bytes[$0]) } ?? 0, scales[feature])
  }
}

extension TensorID {
  /// The tensor that the random bits are for.
  fileprivate static let images = TensorID(5)
}
