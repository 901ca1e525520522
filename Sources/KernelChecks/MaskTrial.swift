import Device
import GraphExec

/// Parameters that are pruned on the device and on the host: a matrix, or a group of units.
struct MaskTrial {
  /// A parameter with what is remembered of it, as both must be.
  struct Part {
    let inputs: Int
    let outputs: Int
    /// What of it belongs to each candidate.
    let grid: BlockGrid
    fileprivate var matrices: [ParameterPart: [Float]]
    fileprivate var mask: [UInt8]

    /// - Parameter block: rows and columns of a candidate; all rows where none are given.
    init(
      inputs: Int, outputs: Int, block: (rows: Int?, columns: Int), _ values: [Float],
      _ random: inout RandomValues
    ) {
      (self.inputs, self.outputs) = (inputs, outputs)
      grid = BlockGrid(
        rows: inputs, columns: outputs, blockRows: block.rows ?? inputs, blockColumns: block.columns)
      matrices = [
        .value: values, .slot(0): random.floats(values.count), .slot(1): random.floats(values.count),
        // Of half of the signs, and of few values, so that there are ties.
        .gradient: random.floats(values.count).map { ($0 * 4).rounded() / 4 },
      ]
      mask = [UInt8](repeating: 1, count: values.count)
    }

    fileprivate var ldw: Int { leadingDimension(outputs) }

    /// What a criterion goes by of each entry.
    fileprivate func entries(_ criterion: any Criterion) -> [Float] {
      // Movement is the last slot.
      let values = matrices[criterion.needsMovement ? .slot(1) : .value] ?? []
      return criterion.needsGradients ? zip(values, matrices[.gradient] ?? []).map { $0 * $1 } : values
    }

    fileprivate mutating func apply(_ pruned: Set<Int>) {
      for index in mask.indices where pruned.contains(grid.block(ofEntry: index)) {
        mask[index] = 0
        for part in MaskTrial.parts { matrices[part]?[index] = 0 }
      }
    }
  }

  /// Candidates with what ranks them, and what is masked with them.
  struct Pool {
    fileprivate var parts: [Part]
    fileprivate let rankedCount: Int

    init(ranked: [Part], others: [Part] = []) {
      parts = ranked + others
      rankedCount = ranked.count
    }

    fileprivate var ranked: ArraySlice<Part> { parts.prefix(rankedCount) }
  }

  private let runner: any KernelRunner
  private let report: VerifyReport
  private let config: KernelConfig
  private let ranking: Ranking
  private let unit: PruningUnit
  private var pools: [Pool]
  private var own: [Part] { pools.flatMap(\.parts) }
  fileprivate static let parts: [ParameterPart] = [.value, .slot(0), .slot(1)]
  private static let slots: [ParameterPart] = [.slot(0), .slot(1)]

  init(
    _ runner: any KernelRunner, _ report: VerifyReport, _ config: KernelConfig,
    _ unit: PruningUnit, _ criterion: any Criterion = Magnitude(), pools: [Pool]
  ) {
    (self.runner, self.report, self.config, self.pools) = (runner, report, config, pools)
    self.unit = unit
    ranking = Ranking(criterion)
  }

  /// The number of a pool's first parameter.
  private func first(_ pool: Int) -> Int { pools[..<pool].reduce(0) { $0 + $1.parts.count } }
  private func bits(_ pool: Int) -> StepBits { StepBits(of: ParameterID(first(pool)), seed: 0x1_2345_6789) }

  private func weight(_ index: Int) -> LayerWeight {
    LayerWeight(
      ParameterID(index), label: "layer", inputs: own[index].inputs, outputs: own[index].outputs)
  }

  mutating func prune(to count: Int, keeping minimum: Int = 0, name: String) {
    guard !report.isOver else { return }
    let keys = pools.indices.map { referenceKeys(of: $0) }
    let pruned = choice(count, of: keys, keeping: minimum)
    let event = PruningEvent(
      pools.indices.map { ParameterID(first($0)) }, unit: unit, count: count, minimumSurvivors: minimum)
    let plan = PruningPlan(
      pools.indices.map(candidates), event, groups: groups, ranking: ranking,
      entries: own.map(\.mask.count).max() ?? 1,
      slots: Self.slots, config: config)
    let before = own
    for pool in pools.indices {
      for part in pools[pool].parts.indices { pools[pool].parts[part].apply(Set(pruned[pool])) }
    }
    let kernel = isOfEntries ? "weight_keys" : "block_keys"
    // Each kernel has its row: the keys, the selection as a whole, and what is done with it.
    do {
      let buffers = try upload(scratch: plan.buffers, before)
      func run(_ launches: some Sequence<Launch>) throws {
        for launch in launches { try runner.run(launch, on: buffers) }
      }
      func read<T: BitwiseCopyable>(_ buffer: BufferID, _ type: T.Type) throws -> [T] {
        try buffers[buffer]?.read(type) ?? []
      }
      func readKeys() throws -> ArraySlice<UInt32> {
        try read(.scratch(.keys), UInt32.self).prefix(keys.joined().count)
      }
      try run(plan.launches.prefix { $0.kernel == kernel })
      report.record(
        kernel, config.familyName, case: name, .exact(Array(try readKeys()), Array(keys.joined())))
      try run(plan.launches.drop { $0.kernel == kernel })
      guard groups == nil else {
        return try compareMasks("mask_groups", name, read: read, floats: { try read($0, Float.self) })
      }
      let selection = try read(.scratch(.selection), UInt32.self)
      let chosen = try readKeys().enumerated()
        .filter { ($0.element, UInt32($0.offset)) < (selection[0], selection[2]) }.map(\.offset)
      var expected: [Int] = []
      var begin = 0
      for (own, places) in zip(keys, pruned) {
        expected += places.map { begin + $0 }
        begin += own.count
      }
      report.record(
        minimum == 0 ? "select_histogram, select_digit, select_cut" : "select_check, select_protect",
        config.familyName, case: name, .exact(chosen, expected))
      try compareMasks("mask_apply", name, read: read, floats: { try read($0, Float.self) })
    } catch {
      report.record(kernel, config.familyName, case: name, error: error)
    }
  }

  private func compareMasks(
    _ kernel: String, _ name: String, read: (BufferID, UInt8.Type) throws -> [UInt8],
    floats: (BufferID) throws -> [Float]
  ) throws {
    for (index, part) in own.enumerated() {
      let id = ParameterID(index)
      var worst = Comparison.exact(
        try read(.parameter(id, .mask), UInt8.self),
        spread(part.mask, columns: part.outputs, stride: part.ldw))
      for array in Self.parts {
        worst = worst.worse(
          Expectation(exactly: part.matrices[array] ?? [], rows: part.inputs, columns: part.outputs)
            .compare(try floats(.parameter(id, array)), stride: part.ldw))
      }
      report.record(kernel, config.familyName, case: name, worst)
    }
  }

  private func candidates(_ pool: Int) -> CandidatePool {
    let parts = pools[pool].parts.indices.map {
      let grid = pools[pool].parts[$0].grid
      return CandidatePool.Part(
        weight(first(pool) + $0), height: grid.blockRows, span: grid.blockColumns)
    }
    return CandidatePool(
      ranked: Array(parts.prefix(pools[pool].rankedCount)),
      others: Array(parts.dropFirst(pools[pool].rankedCount)), isOfEntries: isOfEntries, bits: bits(pool))
  }

  /// Whether each entry is ranked by itself.
  private var isOfEntries: Bool {
    switch unit {
    case .weight, .group: true
    case .neuron, .block: false
    }
  }

  /// The groups of a column's inputs of which as many each are pruned: as if the weight were a filter of two taps.
  private var groups: InputGroups? {
    guard case .group(let size) = unit else { return nil }
    let shape = ParameterShape("weight", [own[0].inputs / 2, 2, 1, own[0].outputs], start: .drawn(fanIn: 1))
    return InputGroups(of: size, Parameter(layer: "layer", label: "layer", shape: shape))
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
    pools[0].parts[0].matrices[.value] = weights
    report.attempt("mask_count", config.familyName, case: name) {
      let buffers = try upload(scratch: [:], own)
      let launch = PruningPlan.count(weight(0), slots: Self.slots, config: config)
      try runner.run(launch, on: buffers)
      return .exact(try buffers[.scratch(.counts)]?.read(Int32.self) ?? [], expected)
    }
  }

  // MARK: on the host

  /// Which of each pool's candidates are pruned, by sorting them all: none of the best of each.
  private func choice(_ count: Int, of keys: [[UInt32]], keeping minimum: Int) -> [[Int]] {
    if let groups {
      let columns = own[0].outputs
      let lost = count / (groups.count * columns)
      // A column's group is told by channel and tap.
      let members = Dictionary(grouping: keys[0].indices) { entry in
        let (row, column) = (entry / columns, entry % columns)
        return [row / 2 / groups.size, row % 2, column]
      }
      return [
        members.values.flatMap { $0.sorted { (keys[0][$0], $0) < (keys[0][$1], $1) }.prefix(lost) }.sorted()
      ]
    }
    let open = keys.indices.flatMap { pool in
      let order = keys[pool].indices.sorted { (keys[pool][$0], $0) < (keys[pool][$1], $1) }
      return order.dropLast(keys.count > 1 ? minimum : 0).map { (key: keys[pool][$0], pool: pool, place: $0) }
    }
    let chosen = open.sorted { ($0.key, $0.pool, $0.place) < ($1.key, $1.pool, $1.place) }.prefix(count)
    return keys.indices.map { pool in chosen.filter { $0.pool == pool }.map(\.place).sorted() }
  }

  /// Candidates already pruned first, then by what the criterion says of an entry, or of the sum over a block: through the
  /// parameters that rank it, the block's columns and the rows.
  private func referenceKeys(of pool: Int) -> [UInt32] {
    let (parts, bits, criterion) = (pools[pool].ranked, bits(pool), ranking.criterion)
    let first = pools[pool].parts[0]
    if isOfEntries {
      return first.entries(criterion).enumerated().map { index, entry in
        first.mask[index] == 0 ? 0 : criterion.rank(entry, bits: bits(index)) + 1
      }
    }
    let factor = pools.count > 1 ? candidates(pool).meanFactor : 1
    let entries = parts.map { $0.entries(criterion) }
    return (0..<first.grid.count).map { block in
      var sum: Float = 0
      for (part, entries) in zip(parts, entries) {
        for entry in part.grid.entries(of: block) { sum = criterion.sum(sum, adding: entries[entry]) }
      }
      let isPruned = first.mask[first.grid.firstEntry(of: block)] == 0
      return isPruned ? 0 : criterion.rank(sum * factor, bits: bits(block)) + 1
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
