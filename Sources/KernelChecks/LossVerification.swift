import Device
import GraphExec

/// `softmax_cross_entropy`, with its gradient and without: sums of the epoch, ties, and faults that must show.
struct LossVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  let config: KernelConfig

  /// What is special about a batch.
  enum Special: String, CaseIterable {
    case nothing = "normal logits"
    /// Few different values: the first of the largest must win.
    case ties = "equal logits"
    /// A NaN in one image must reach loss and gradient.
    case nan = "a NaN"
    /// Logits far apart.
    case large = "large logits"
    /// A label that is not a class.
    case badLabel = "a label out of range"
    /// Targets that all classes have a share of.
    case smoothing = "smoothed labels"
  }

  /// Full and smaller batches of one size.
  func verify(classes: Int, batch: Int, specials: [Special] = Special.allCases) {
    for count in Set([batch, (batch + 1) / 2]).sorted() {
      for special in specials {
        let loss = LossCase(config, classes: classes, batch: batch, count: count, special: special)
        // An evaluation smoothes nothing.
        for withGradient in special == .smoothing ? [true] : [true, false] {
          let launch = BatchLaunches(stride: loss.stride, config: config).loss(
            SoftmaxCrossEntropy(labelSmoothing: loss.smoothing), classes: classes, of: .x,
            gradient: withGradient ? .out : nil)
          report.attempt(launch.kernel, config.familyName, case: loss.name) {
            try run(loss, launch, withGradient: withGradient)
          }
        }
      }
    }
  }

  /// Several batches at once, the last one smaller.
  func verifyBatches(classes: Int, batch: Int) {
    let launches = BatchLaunches(
      stride: config.stride(forBatch: batch), config: config
    ).losses(classes: classes, batchSize: batch, batches: 3)
    let cases = [batch, batch, (batch + 1) / 2].map {
      LossCase(config, classes: classes, batch: batch, count: $0, special: .nothing)
    }
    let name = launches.map(\.kernel).joined(separator: ", ")
    report.attempt(name, config.familyName, case: "\(classes)x\(batch), 3 batches") {
      let labels = cases.flatMap(\.batchLabels)
      let state = try runner.buffer("state", StepState().words)
      let buffers: [BufferID: any KernelBuffer] = [
        .blocks(.outputs): try runner.buffer("logits", cases.flatMap(\.logits)),
        .labels: try runner.buffer("labels", labels.map { UInt8($0) }),
        .order: try runner.buffer("order", labels.indices.map { Int32($0) }),
        .blocks(.losses): try runner.buffer("losses", [Int32](repeating: -1, count: 2 * cases.count)),
        .state: state,
      ]
      for launch in launches { try runner.run(launch, on: buffers, imageCount: labels.count) }
      let totals = StepState(words: try state.read(UInt32.self)).totals
      let references = cases.map(\.reference)
      let worst = Comparison.exact(
        [totals.correct, totals.images], [references.reduce(0) { $0 + $1.correct }, labels.count])
      return worst.worse(
        Expectation.compare(
          totals.loss, references.reduce(0) { $0 + $1.loss },
          bound: references.reduce(0) { $0 + $1.lossBound }))
    }
  }

  private func run(_ loss: LossCase, _ launch: Launch, withGradient: Bool) throws -> Comparison {
    let gradient = try runner.buffer(
      "dlogits", [Float](repeating: .nan, count: loss.classes * loss.stride))
    let state = try runner.buffer("state", loss.state.words)
    let buffers: [BufferID: any KernelBuffer] = [
      .x: try runner.buffer("logits", loss.logits), .labels: try runner.buffer("labels", loss.labels),
      .order: try runner.buffer("order", loss.order), .state: state, .out: gradient,
    ]
    try runner.run(launch, on: buffers)
    let totals = StepState(words: try state.read(UInt32.self)).totals
    let before = loss.state.totals
    var worst = Comparison.exact(
      [totals.correct, totals.images],
      [before.correct + loss.reference.correct, before.images + loss.count])
    let sum = before.loss + loss.reference.loss
    // What the epoch's sum loses to rounding is in its carry: its own error is of second order.
    let bound = loss.reference.lossBound + 0x1p-44 * sum.magnitude
    worst = worst.worse(Expectation.compare(totals.loss, sum, bound: bound))
    if withGradient {
      worst = worst.worse(loss.reference.gradient.compare(try gradient.read(Float.self), stride: loss.stride))
    }
    return worst
  }
}

/// A batch of logits and labels.
private struct LossCase {
  let classes: Int
  let stride: Int
  let count: Int
  let name: String
  private(set) var logits: [Float]
  private(set) var labels: [UInt8]
  let order: [Int32]
  let state: StepState
  let smoothing: Double
  let reference: LossReference
  /// The class of each image of the batch.
  let batchLabels: [Int]

  init(_ config: KernelConfig, classes: Int, batch: Int, count: Int, special: LossVerification.Special) {
    self.classes = classes
    self.count = count
    stride = config.stride(forBatch: batch)
    name = "\(classes)x\(batch) with \(count) images, \(special.rawValue)"
    var random = RandomValues(seed: UInt64(classes * 1000 + batch + count))
    let cursor = 2
    logits = random.floats(classes * stride)
    labels = random.bytes(batch + cursor, below: classes)
    order = random.permutation(batch + cursor)
    switch special {
    case .nothing, .smoothing: break
    case .ties: logits = logits.map { $0.rounded() }
    case .nan: logits[(classes - 1) * stride + count / 2] = .nan
    case .large: logits = logits.map { $0 * 50 }
    case .badLabel: labels[Int(order[cursor])] = UInt8(classes)
    }
    // The columns after the last image may hold anything.
    for c in 0..<classes {
      for b in count..<stride { logits[c * stride + b] = .nan }
    }
    var state = StepState()
    state.cursor = cursor
    state.count = count
    state.lossSum = 1000
    // More than an epoch has, so that it is missed where it gets lost.
    state.lossCarry = 0.25
    state.correct = 17
    state.seen = 40
    self.state = state
    smoothing = special == .smoothing ? 0.25 : 0
    let (labels, order) = (labels, order)
    batchLabels = (0..<count).map { Int(labels[Int(order[cursor + $0])]) }
    reference = LossReference(
      logits, labels: batchLabels, classes: classes, stride: stride, smoothing: smoothing)
  }
}
