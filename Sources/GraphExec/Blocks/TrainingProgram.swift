/// What `network_gradients_cpu.cl` and `network_update_cpu.cl` are told of a step: its forward pass, its steps back, and the
/// parameters that it updates.
struct TrainingProgram {
  /// The forward pass, and the tables of everything.
  private(set) var program: BlockProgram
  private typealias Kind = BlockProgram.Kind
  /// Where the steps back are, in words.
  private(set) var back = 0
  private(set) var stepsBack = 0
  /// Where the parameters are, in words.
  private(set) var updates = 0
  /// The parameters, in the order of the kernel's arguments.
  private(set) var updated: [ParameterID] = []
  /// Work-groups of the second launch.
  private(set) var groups = 1
  /// Those of them that have masks.
  private(set) var masked: Set<ParameterID> = []
  var isMasked: Bool { !masked.isEmpty }
  /// Whether a weight is sparse.
  private(set) var isSparse = false

  /// - Parameters:
  ///   - tiles: those of the second launch.
  /// - Returns: nil for a step that has no kernels.
  init?(
    _ forward: BlockProgram, _ steps: [BackwardStep], _ specification: ModelSpecification, _ tiles: CPUTiles
  ) {
    program = forward
    let network = specification.network
    var (backWords, updateWords): ([Int], [Int]) = ([], [])
    var sums: [BufferID: BufferID] = [:]
    for step in steps {
      switch step {
      case .loss: break
      case .sum(let dY, let gradient): sums[gradient] = dY
      case .inputGradient(let weight, let dY, let dX, let gate):
        guard
          let words = described(network[weight], weight, dY, dX, gate, specification.pattern(weight))
        else { return nil }
        backWords += words
        stepsBack += 1
      case .update(let weight, let x, let dY, let masked):
        let parameter = network[weight]
        guard let x = program.places[x],
          let words = update(
            parameter, weight, x: x, dY: dY, masked,
            tiles.gradientGroups(parameter, isSparse: specification.pattern(weight) != nil))
        else { return nil }
        updateWords += words
      case .updateBy(let bias, let gradient):
        guard let dY = sums[gradient],
          let words = update(
            network[bias], bias, x: -1, dY: dY, true,
            (network[bias].columns + Self.biasRows - 1) / Self.biasRows)
        else { return nil }
        updateWords += words
      }
    }
    guard (1...Self.mostParameters).contains(updated.count) else { return nil }
    back = program.table(backWords)
    updates = program.table(updateWords)
  }

  /// The most parameters that a kernel takes.
  private static let mostParameters = 16
  /// Entries of a bias that a work-group takes.
  static let biasRows = 64

  /// The integers of a step back, as `StepBack` of the kernel has them.
  private mutating func described(
    _ parameter: Parameter, _ weight: ParameterID, _ dY: BufferID, _ dX: BufferID, _ gate: BufferID?,
    _ pattern: SparsePattern?
  ) -> [Int]? {
    guard let place = program.packedPlaces[.parameter(weight, .value)],
      let dY = program.places[dY], let dX = program.places[dX]
    else { return nil }
    let gate = gate.map { program.places[$0] } ?? -1
    guard let gate else { return nil }
    var tables = [0, 0]
    if let structure = pattern.map({ SparseStructure($0) }) {
      let starts = program.table(structure.rowIndptr.map { Int($0) })
      // Entries are pairs, which lie at a multiple of their size.
      if program.words.count % 2 != 0 { _ = program.table([0]) }
      tables = [starts, program.table(structure.rowEntries.map { Int($0) })]
    }
    let words =
      [pattern == nil ? Kind.dense : Kind.sparse, parameter.rows, parameter.columns, place] + tables + [
        dY, dX, gate,
      ]
    return words + [Int](repeating: 0, count: 16 - words.count)
  }

  /// The integers of a parameter that is updated, as `ParameterUpdate` of the kernel has them.
  private mutating func update(
    _ parameter: Parameter, _ id: ParameterID, x: Int, dY: BufferID, _ masked: Bool, _ own: Int
  ) -> [Int]? {
    guard let place = program.packedPlaces[.parameter(id, .value)], let dY = program.places[dY] else {
      return nil
    }
    groups += own
    updated.append(id)
    if masked { self.masked.insert(id) }
    let tables = program.sparseTables[id] ?? (-1, -1)
    isSparse = isSparse || tables.starts >= 0
    return [
      groups, parameter.rows, parameter.columns, x, dY, place, masked ? 1 : 0, tables.starts, tables.rows,
      0, 0, 0,
    ]
  }
}

extension CPUTiles {
  /// Work-groups of a weight's gradient.
  fileprivate func gradientGroups(_ weight: Parameter, isSparse: Bool) -> Int {
    if isSparse {
      return Self.sparseGeometry(.weightGradient, rows: weight.columns, others: weight.rows).groups
    }
    return geometry(
      .weightGradient, inputs: weight.rows, outputs: weight.columns, ldw: leadingDimension(weight.columns),
      stride: 0
    ).groups
  }
}
