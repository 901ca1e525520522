import Device
import GraphExec

/// Pruning on the device: keys, selection, masks and counts, exactly as a sort on the host has them.
struct MaskVerification {
  let runner: KernelRunner
  let report: VerifyReport
  let config: KernelConfig

  /// Prunes matrices of one shape: of distinct weights, of few values with many ties, of one value, and of values close
  /// together; each to two sparsities in turn.
  func verify(inputs: Int, outputs: Int, isThorough: Bool = true) {
    var random = RandomValues(seed: UInt64(inputs * 1000 + outputs))
    let weights = random.floats(inputs * outputs)
    let isLarge = weights.count > 10_000
    let few = isLarge || !isThorough
    let kinds: [(String, [Float])] = [
      ("ties", weights.map { ($0 * 2).rounded() / 2 }), ("distinct weights", weights),
      ("equal weights", weights.map { _ in -0.25 }),
      // They differ in their last twelve bits, so that every digit of the selection counts.
      (
        "neighbouring weights",
        weights.indices.map { Float(bitPattern: (0.25 as Float).bitPattern + UInt32($0 * 37 % 4096)) }
      ),
    ]
    for unit in PruningUnit.allCases {
      let n = unit == .weight ? weights.count : outputs
      let counts = few ? [n * 2 / 3] : [0, 1, n / 3, n - 1, n]
      for (kind, values) in isLarge ? Array(kinds.prefix(2)) : kinds {
        for count in Set(counts).sorted() {
          let name = "\(inputs)x\(outputs), \(count) of \(n), \(kind)"
          var trial = MaskTrial(self, inputs: inputs, outputs: outputs, unit: unit, weights: values, &random)
          trial.prune(to: count, name: name)
          if !isLarge, count < n { trial.prune(to: (count + n) / 2, name: name + ", again") }
          trial.count(name: name)
        }
      }
    }
  }
}

/// A matrix that is pruned on the device and on the host.
private struct MaskTrial {
  private let runner: KernelRunner
  private let report: VerifyReport
  private let config: KernelConfig
  private let unit: PruningUnit
  private let weight: LayerWeight
  private let ldw: Int
  /// Weights and moments as they must be.
  private var matrices: [ParameterPart: [Float]]
  private var mask: [UInt8]
  private var columns: Int { weight.outputs }
  private static let parts: [ParameterPart] = [.value, .slot(0), .slot(1)]

  init(
    _ owner: MaskVerification, inputs: Int, outputs: Int, unit: PruningUnit, weights: [Float],
    _ random: inout RandomValues
  ) {
    (runner, report, config) = (owner.runner, owner.report, owner.config)
    self.unit = unit
    weight = LayerWeight(inputs: inputs, outputs: outputs)
    ldw = leadingDimension(outputs)
    matrices = [
      .value: weights, .slot(0): random.floats(weights.count), .slot(1): random.floats(weights.count),
    ]
    mask = [UInt8](repeating: 1, count: weights.count)
  }

  mutating func prune(to count: Int, name: String) {
    let keys = referenceKeys()
    let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    let pruned = Set(order.prefix(count))
    let plan = PruningPlan(
      weight, unit: unit, count: count, entries: mask.count, slots: Array(Self.parts.dropFirst()),
      config: config)
    let before = (matrices, mask)
    apply(pruned)
    let after = (matrices, mask)
    let keyKernel = plan.launches[0].kernel
    // Each kernel has its row: the keys, the selection as a whole, and what is done with it.
    do {
      let buffers = try upload(before.0, before.1, scratch: plan.buffers)
      for launch in plan.launches { try runner.run(launch, on: buffers) }
      func read<T: BitwiseCopyable>(_ buffer: BufferID, _ type: T.Type) throws -> [T] {
        try buffers[buffer]?.read(type) ?? []
      }
      let gotKeys = Array(try read(.scratch(.keys), UInt32.self).prefix(keys.count))
      report.record(keyKernel, config.familyName, case: name, .exact(gotKeys, keys))
      let selection = try read(.scratch(.selection), UInt32.self)
      let chosen = keys.indices.filter { (keys[$0], UInt32($0)) < (selection[0], selection[2]) }
      report.record(
        "select_histogram, select_digit, select_cut", config.familyName, case: name,
        .exact(chosen, pruned.sorted()))
      var worst = Comparison.exact(
        try read(.weight(.mask), UInt8.self), spread(after.1, columns: columns, stride: ldw))
      for part in Self.parts {
        worst = worst.worse(
          Expectation(exactly: after.0[part] ?? [], rows: weight.inputs, columns: columns).compare(
            try read(.weight(part), Float.self), stride: ldw))
      }
      report.record("mask_apply", config.familyName, case: name, worst)
    } catch {
      report.record(keyKernel, config.familyName, case: name, error: error)
    }
  }

  /// Counts what is left, after a pruned entry was revived and a weight lost.
  mutating func count(name: String) {
    var weights = matrices[.value] ?? []
    if let dead = mask.firstIndex(of: 0) { weights[dead] = 0.5 }
    weights[weights.count / 2] = .nan
    var expected = [Int32](repeating: 0, count: 4)
    var live = [Bool](repeating: false, count: columns)
    for (index, weight) in weights.enumerated() {
      if mask[index] != 0 { live[index % columns] = true }
      expected[0] += mask[index] != 0 ? 1 : 0
      expected[1] += mask[index] == 0 && weight != 0 ? 1 : 0
      expected[2] += weight.isFinite ? 0 : 1
    }
    expected[3] = Int32(live.count { $0 })
    matrices[.value] = weights
    report.attempt("mask_count", config.familyName, case: name) {
      let buffers = try upload(matrices, mask, scratch: [:])
      let launch = PruningPlan.count(weight, slots: Array(Self.parts.dropFirst()), config: config)
      try runner.run(launch, on: buffers)
      return .exact(try buffers[.scratch(.counts)]?.read(Int32.self) ?? [], expected)
    }
  }

  // MARK: on the host

  /// Candidates already pruned first, then by magnitude: |w|, or a column's squared norm summed from the top by fma.
  private func referenceKeys() -> [UInt32] {
    let weights = matrices[.value] ?? []
    if unit == .weight {
      return weights.indices.map { mask[$0] == 0 ? 0 : weights[$0].magnitude.bitPattern + 1 }
    }
    return (0..<columns).map { column in
      var squares: Float = 0
      for row in 0..<weight.inputs {
        let entry = weights[row * columns + column]
        squares = squares.addingProduct(entry, entry)
      }
      return mask[column] == 0 ? 0 : squares.bitPattern + 1
    }
  }

  private mutating func apply(_ pruned: Set<Int>) {
    for index in mask.indices where pruned.contains(unit == .weight ? index : index % columns) {
      mask[index] = 0
      for part in Self.parts { matrices[part]?[index] = 0 }
    }
  }

  private func upload(
    _ matrices: [ParameterPart: [Float]], _ mask: [UInt8], scratch: [BufferID: Int]
  ) throws -> [BufferID: GuardedBuffer] {
    var buffers: [BufferID: GuardedBuffer] = [:]
    for (part, values) in matrices {
      buffers[.weight(part)] = try runner.buffer("\(part)", spread(values, columns: columns, stride: ldw))
    }
    buffers[.weight(.mask)] = try runner.buffer("mask", spread(mask, columns: columns, stride: ldw))
    buffers[.scratch(.counts)] = try runner.buffer("counts", [Int32](repeating: 0, count: 4))
    // Scratch memory holds what an earlier layer left there.
    for (id, bytes) in scratch {
      buffers[id] = try runner.buffer("\(id)", [UInt8](repeating: 0x5A, count: bytes))
    }
    return buffers
  }
}
