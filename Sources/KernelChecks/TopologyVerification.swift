import Device
import GraphExec

/// Changes of a sparse weight's topology, exactly as sorting on the host has them.
struct TopologyVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  let config: KernelConfig

  /// Changes the topology of a weight with this share of its entries, of few values with many ties: of some entries and, where it
  /// is thorough, of none and of all; where entries come anywhere, and where gradients are largest.
  func verify(inputs: Int, outputs: Int, density: Double, isThorough: Bool) {
    for growth in Regrowth.allCases {
      for hasRows in isThorough ? [true, false] : [true] {
        let trial = TopologyTrial(
          self, inputs: inputs, outputs: outputs, density: density, growth, hasRows: hasRows)
        let some = trial.entries / 3
        for count in Set(isThorough ? [0, some, trial.entries] : [some]).sorted() { trial.change(count) }
        if growth == Regrowth.allCases[0] { trial.prune() }
      }
    }
  }
}

/// A weight, and how entries come back to it.
private struct TopologyTrial {
  let verification: TopologyVerification
  let inputs: Int
  let outputs: Int
  let growth: Regrowth
  let hasRows: Bool
  /// Values, slots and gradient, row-major.
  let matrices: [ParameterPart: Matrix]
  let mask: [UInt8]
  let pattern: SparsePattern

  private static let slots: [ParameterPart] = [.slot(0), .slot(1)]
  var entries: Int { pattern.count }
  private let weight: LayerWeight
  private let event = TopologyEvent(ParameterID(0), count: 0, step: 7)
  private var bits: StepBits { event.bits(seed: 0x1_2345_6789) }

  init(
    _ verification: TopologyVerification, inputs: Int, outputs: Int, density: Double, _ growth: Regrowth,
    hasRows: Bool
  ) {
    (self.verification, self.inputs, self.outputs) = (verification, inputs, outputs)
    (self.growth, self.hasRows) = (growth, hasRows)
    weight = LayerWeight(inputs: inputs, outputs: outputs)
    var random = RandomValues(seed: UInt64(inputs * 1000 + outputs))
    mask = random.mask(inputs * outputs, density: density)
    pattern = SparsePattern(mask: mask, rows: inputs, columns: outputs)
    func matrix() -> Matrix {
      let values = random.floats(inputs * outputs).map { ($0 * 4).rounded() / 4 }
      return Matrix(rows: inputs, columns: outputs, values: values)
    }
    matrices = [.value: matrix(), .slot(0): matrix(), .slot(1): matrix(), .gradient: matrix()]
  }

  func change(_ count: Int) {
    guard !verification.report.isOver else { return }
    let name = "\(inputs)x\(outputs), \(count) of \(entries) entries, \(growth.rawValue) growth"
    let plan = TopologyPlan(
      weight, pattern: pattern, hasRows: hasRows, count: count, growth: growth, bits: bits,
      slots: Self.slots, config: verification.config)
    let changed = topology(count)
    let structure = SparseStructure(SparsePattern(mask: changed, rows: inputs, columns: outputs))
    let (report, family) = (verification.report, verification.config.familyName)
    // Each kernel has its row: which entries there are, what they hold, and their order by rows.
    let kinds: [(kernels: String, parts: [ParameterPart])] = [
      ("drop_keys, growth_keys_\(growth.rawValue), growth_close", [.columnStarts, .rowIndices]),
      ("topology_columns, topology_starts, topology_merge, topology_store", [.value] + Self.slots),
      ("topology_rows, topology_row_entries", hasRows ? [.rowStarts, .rowEntries] : []),
    ]
    do {
      let buffers = try upload(plan.buffers(verification.config))
      for launch in plan.launches { try verification.runner.run(launch, on: buffers) }
      for (kernels, parts) in kinds where !parts.isEmpty {
        report.record(kernels, family, case: name, try compare(parts, structure, in: buffers))
      }
    } catch {
      report.record(kinds[0].kernels, family, case: name, error: error)
    }
  }

  /// The worst of these parts beside those of a structure.
  private func compare(
    _ parts: [ParameterPart], _ structure: SparseStructure, in buffers: [BufferID: any KernelBuffer]
  ) throws -> Comparison {
    var worst = Comparison.exact([UInt32](), [])
    for part in parts {
      let expected =
        structure[part]?.map { UInt32(bitPattern: $0) } ?? structure.gather(survivors(part)).map(\.bitPattern)
      let found = try buffers[.weight(part)]?.read(UInt32.self) ?? []
      worst = worst.worse(.exact(Array(found.prefix(expected.count)), expected))
    }
    return worst
  }

  /// Loses the entries that a mask does not keep: of the first one in each three of a row.
  func prune() {
    guard !verification.report.isOver else { return }
    let plan = EntryPruningPlan(
      weight, capacity: entries, hasRows: hasRows, slots: Self.slots, config: verification.config)
    let (report, family, ldw) = (
      verification.report, verification.config.familyName, leadingDimension(outputs)
    )
    let name = "\(inputs)x\(outputs), \(entries) entries, pruned"
    let kept = mask.enumerated().map { $0.offset % 3 == 0 ? 0 : $0.element }
    let structure = SparseStructure(SparsePattern(mask: kept, rows: inputs, columns: outputs))
    let runner = verification.runner
    do {
      var buffers = try upload(plan.buffers)
      for id in [plan.matrix, plan.mask] {
        buffers[id] = try runner.buffer("\(id)", [UInt8](repeating: 0, count: plan.buffers[id] ?? 0))
      }
      for launch in plan.before { try runner.run(launch, on: buffers) }
      let values = spread(survivors(.value).values, columns: outputs, stride: ldw)
      let written = Comparison.exact(
        try buffers[plan.matrix]?.read(UInt32.self) ?? [], values.map(\.bitPattern)
      )
      .worse(
        .exact(
          try buffers[plan.mask]?.read(UInt8.self) ?? [], spread(mask, columns: outputs, stride: ldw)))
      report.record("topology_expand", family, case: name, written)
      buffers[plan.mask] = try runner.buffer("mask", spread(kept, columns: outputs, stride: ldw))
      for launch in plan.after { try runner.run(launch, on: buffers) }
      let parts: [ParameterPart] =
        [.columnStarts, .rowIndices, .value] + Self.slots + (hasRows ? [.rowStarts, .rowEntries] : [])
      report.record(
        "topology_count, topology_starts, topology_keep, topology_store", family, case: name,
        try compare(parts, structure, in: buffers))
    } catch {
      report.record("topology_expand", family, case: name, error: error)
    }
  }

  private func upload(_ scratch: [BufferID: Int]) throws -> [BufferID: any KernelBuffer] {
    let (runner, structure) = (verification.runner, SparseStructure(pattern))
    var buffers: [BufferID: any KernelBuffer] = [:]
    for part in SparseStructure.parts {
      buffers[.weight(part)] = try runner.buffer("\(part)", stored(structure[part] ?? []))
    }
    for part in [.value] + Self.slots {
      buffers[.weight(part)] = try runner.buffer("\(part)", stored(structure.gather(survivors(part))))
    }
    buffers[.weight(.gradient)] = try runner.buffer(
      "gradient",
      spread(matrices[.gradient]?.values ?? [], columns: outputs, stride: leadingDimension(outputs)))
    for (id, bytes) in scratch {
      buffers[id] = try runner.buffer("\(id)", [UInt8](repeating: 0x5A, count: bytes))
    }
    return buffers
  }

  // MARK: on the host

  /// A part with zeros where the weight had no entry: what comes begins as these.
  private func survivors(_ part: ParameterPart) -> Matrix {
    var matrix = matrices[part] ?? Matrix(rows: inputs, columns: outputs)
    for (at, survives) in mask.enumerated() where survives == 0 { matrix.values[at] = 0 }
    return matrix
  }

  /// The mask after `count` entries went and came, by sorting all that could.
  private func topology(_ count: Int) -> [UInt8] {
    var mask = mask
    let places = (0..<outputs).flatMap { column in (0..<inputs).map { $0 * outputs + column } }
    func first(_ candidates: [Int], by key: (Int) -> UInt32) -> [Int] {
      candidates.enumerated().map { (key: key($0.element), order: $0.offset, place: $0.element) }
        .sorted { ($0.key, $0.order) < ($1.key, $1.order) }.prefix(count).map(\.place)
    }
    let values = matrices[.value]?.values ?? []
    for place in first(places.filter { mask[$0] != 0 }, by: { values[$0].magnitude.bitPattern }) {
      mask[place] = 0
    }
    let gradient = matrices[.gradient]?.values ?? []
    let grown = first(places.filter { mask[$0] == 0 }) { place in
      switch growth {
      case .gradient: UInt32.max - gradient[place].magnitude.bitPattern
      case .random: bits(place % outputs * inputs + place / outputs) >> 1
      }
    }
    for place in grown { mask[place] = 1 }
    return mask
  }
}
