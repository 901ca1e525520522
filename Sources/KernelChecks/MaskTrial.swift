import Device
import GraphExec

/// Parameters that are pruned on the device and on the host: a matrix, or a group of units.
struct MaskTrial {
  /// A parameter with what is remembered of it, as both must be.
  struct Part {
    let inputs: Int
    let outputs: Int
    /// Columns of a unit; 0 where entries are pruned.
    let span: Int
    fileprivate var matrices: [ParameterPart: [Float]]
    fileprivate var mask: [UInt8]

    init(inputs: Int, outputs: Int, span: Int, _ values: [Float], _ random: inout RandomValues) {
      (self.inputs, self.outputs, self.span) = (inputs, outputs, span)
      matrices = [
        .value: values, .slot(0): random.floats(values.count), .slot(1): random.floats(values.count),
      ]
      mask = [UInt8](repeating: 1, count: values.count)
    }

    fileprivate var ldw: Int { leadingDimension(outputs) }

    fileprivate func entry(_ row: Int, _ column: Int) -> Float {
      (matrices[.value] ?? [])[row * outputs + column]
    }

    fileprivate mutating func apply(_ pruned: Set<Int>) {
      for index in mask.indices where pruned.contains(span == 0 ? index : index % outputs / span) {
        mask[index] = 0
        for part in MaskTrial.parts { matrices[part]?[index] = 0 }
      }
    }
  }

  private let runner: any KernelRunner
  private let report: VerifyReport
  private let config: KernelConfig
  /// Those by which candidates are ranked, before the others.
  private var own: [Part]
  private let rankedCount: Int
  fileprivate static let parts: [ParameterPart] = [.value, .slot(0), .slot(1)]

  init(
    _ runner: any KernelRunner, _ report: VerifyReport, _ config: KernelConfig, ranked: [Part],
    others: [Part] = []
  ) {
    (self.runner, self.report, self.config) = (runner, report, config)
    own = ranked + others
    rankedCount = ranked.count
  }

  private func weight(_ index: Int) -> LayerWeight {
    LayerWeight(
      ParameterID(index), label: "layer", inputs: own[index].inputs, outputs: own[index].outputs)
  }

  mutating func prune(to count: Int, name: String) {
    let keys = referenceKeys()
    let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    let pruned = Set(order.prefix(count))
    let parts = own.indices.map { PruningPlan.Part(weight($0), span: own[$0].span) }
    let plan = PruningPlan(
      ranking: Array(parts.prefix(rankedCount)), masking: Array(parts.dropFirst(rankedCount)), count: count,
      entries: own.map(\.mask.count).max() ?? 1, slots: Array(Self.parts.dropFirst()), config: config)
    let before = own
    for index in own.indices { own[index].apply(pruned) }
    let keyKernel = plan.launches[0].kernel
    // Each kernel has its row: the keys, the selection as a whole, and what is done with it.
    do {
      let buffers = try upload(scratch: plan.buffers, before)
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
      for (index, part) in own.enumerated() {
        let id = ParameterID(index)
        var worst = Comparison.exact(
          try read(.parameter(id, .mask), UInt8.self),
          spread(part.mask, columns: part.outputs, stride: part.ldw))
        for array in Self.parts {
          worst = worst.worse(
            Expectation(exactly: part.matrices[array] ?? [], rows: part.inputs, columns: part.outputs)
              .compare(try read(.parameter(id, array), Float.self), stride: part.ldw))
        }
        report.record("mask_apply", config.familyName, case: name, worst)
      }
    } catch {
      report.record(keyKernel, config.familyName, case: name, error: error)
    }
  }

  /// Counts what is left of the first parameter, after a pruned entry was revived and a weight lost.
  mutating func count(name: String) {
    let (mask, columns) = (own[0].mask, own[0].outputs)
    var weights = own[0].matrices[.value] ?? []
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
    own[0].matrices[.value] = weights
    report.attempt("mask_count", config.familyName, case: name) {
      let buffers = try upload(scratch: [:], own)
      let launch = PruningPlan.count(weight(0), slots: Array(Self.parts.dropFirst()), config: config)
      try runner.run(launch, on: buffers)
      return .exact(try buffers[.scratch(.counts)]?.read(Int32.self) ?? [], expected)
    }
  }

  // MARK: on the host

  /// Candidates already pruned first, then by magnitude: |w|, or a unit's squared norm, summed by fma through the weights, the
  /// unit's columns and the rows.
  private func referenceKeys() -> [UInt32] {
    let first = own[0]
    if first.span == 0 {
      return (first.matrices[.value] ?? []).enumerated().map { index, weight in
        first.mask[index] == 0 ? 0 : weight.magnitude.bitPattern + 1
      }
    }
    return (0..<first.outputs / first.span).map { unit in
      var squares: Float = 0
      for part in own.prefix(rankedCount) {
        for column in unit * part.span..<(unit + 1) * part.span {
          for row in 0..<part.inputs {
            squares = squares.addingProduct(part.entry(row, column), part.entry(row, column))
          }
        }
      }
      return first.mask[unit * first.span] == 0 ? 0 : squares.bitPattern + 1
    }
  }

  private func upload(scratch: [BufferID: Int], _ parts: [Part]) throws -> [BufferID: any KernelBuffer] {
    var buffers: [BufferID: any KernelBuffer] = [:]
    for (index, part) in parts.enumerated() {
      let id = ParameterID(index)
      for (array, values) in part.matrices {
        buffers[.parameter(id, array)] = try runner.buffer(
          "\(array)", spread(values, columns: part.outputs, stride: part.ldw))
      }
      buffers[.parameter(id, .mask)] = try runner.buffer(
        "mask", spread(part.mask, columns: part.outputs, stride: part.ldw))
    }
    buffers[.scratch(.counts)] = try runner.buffer("counts", [Int32](repeating: 0, count: 4))
    // Scratch memory holds what an earlier layer left there.
    for (id, bytes) in scratch {
      buffers[id] = try runner.buffer("\(id)", [UInt8](repeating: 0x5A, count: bytes))
    }
    return buffers
  }
}
