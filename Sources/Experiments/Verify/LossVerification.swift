import Device
import GraphExec

/// `softmax_cross_entropy`, with its gradient and without: sums of the epoch, ties, and faults that must show.
struct LossVerification {
  let runner: KernelRunner
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
    /// A label that is no class.
    case badLabel = "a label out of range"
  }

  /// Full and smaller batches of one size.
  func verify(classes: Int, batch: Int, specials: [Special] = Special.allCases) {
    for count in Set([batch, (batch + 1) / 2]).sorted() {
      for special in specials {
        let loss = LossCase(config, classes: classes, batch: batch, count: count, special: special)
        for kernel in ["softmax_cross_entropy", "softmax_cross_entropy_evaluate"] {
          report.attempt(kernel, config.familyName, case: loss.name) {
            try run(loss, kernel, withGradient: kernel == "softmax_cross_entropy")
          }
        }
      }
    }
  }

  private func run(_ loss: LossCase, _ kernel: String, withGradient: Bool) throws -> Comparison {
    let small = SmallKernels(config)
    let gradient = try runner.buffer(
      "dlogits", [Float](repeating: .nan, count: loss.classes * loss.stride))
    let state = try runner.buffer("state", loss.state)
    let buffers = [
      "logits": try runner.buffer("logits", loss.logits), "labels": try runner.buffer("labels", loss.labels),
      "order": try runner.buffer("order", loss.order), "state": state, "dlogits": gradient,
    ]
    let names = ["logits", "labels", "order", "state"] + (withGradient ? ["dlogits"] : [])
    try runner.run(
      KernelLaunch(
        file: "loss.cl", kernel: kernel, options: defines(small.lossMacros(stride: loss.stride)),
        arguments: [.int(loss.classes), .int(loss.stride)] + names.map { .buffer($0) },
        geometry: small.loss(stride: loss.stride)), on: buffers)
    let words = try state.read(UInt32.self)
    let totals = StepState(words: words).totals
    let before = StepState(words: loss.state).totals
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
  let state: [UInt32]
  let reference: LossReference

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
    case .nothing: break
    case .ties: logits = logits.map { $0.rounded() }
    case .nan: logits[(classes - 1) * stride + count / 2] = .nan
    case .large: logits = logits.map { $0 * 50 }
    case .badLabel: labels[Int(order[cursor])] = UInt8(classes)
    }
    // The columns after the last image may hold anything.
    for c in 0..<classes {
      for b in count..<stride { logits[c * stride + b] = .nan }
    }
    var words = [UInt32](repeating: 0, count: StepState.words)
    words[1] = UInt32(cursor)
    words[2] = UInt32(count)
    words[5] = Float(1000).bitPattern
    words[6] = Float(0.00003).bitPattern
    words[7] = 17
    words[8] = 40
    state = words
    let (labels, order) = (labels, order)
    let batchLabels = (0..<count).map { Int(labels[Int(order[cursor + $0])]) }
    reference = LossReference(logits, labels: batchLabels, classes: classes, stride: stride)
  }
}
