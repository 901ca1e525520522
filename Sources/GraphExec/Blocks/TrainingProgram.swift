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
  /// From where values of sparse weights are gathered before each step for the way back.
  private(set) var places: [Int32] = []
  /// Where that is told, in words; the weights, and the groups that gather.
  private(set) var gathers: (words: Int, count: Int, groups: Int) = (0, 0, 0)
  /// What is gathered for the way back: of which weight, and its places.
  private var gathersBack: [(weight: ParameterID, places: Range<Int>)] = []

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
          let words = described(weight, dY, dX, gate, specification)
        else { return nil }
        backWords += words
        stepsBack += 1
      case .update(let weight, let x, let dY, let masked):
        let parameter = network[weight]
        guard let x = program.places[x],
          let words = update(
            parameter, weight, x: x, dY: dY, masked,
            tiles.gradientGroups(parameter, isSparse: specification.pattern(weight) != nil),
            specification.pattern(weight))
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
    guard let gatherWords = gatherWords() else { return nil }
    gathers.words = program.table(gatherWords)
    back = program.table(backWords)
    updates = program.table(updateWords)
  }

  /// The most parameters that a kernel takes.
  private static let mostParameters = 16
  /// Entries of a bias that a work-group takes.
  static let biasRows = 64

  /// The integers of a step back, as `StepBack` of the kernel has them.
  private mutating func described(
    _ weight: ParameterID, _ dY: BufferID, _ dX: BufferID, _ gate: BufferID?,
    _ specification: ModelSpecification
  ) -> [Int]? {
    guard let place = program.packedPlaces[.parameter(weight, .value)],
      let dY = program.places[dY], let dX = program.places[dX]
    else { return nil }
    let gate = gate.map { program.places[$0] } ?? -1
    guard let gate else { return nil }
    let parameter = specification.network[weight]
    let own =
      specification.pattern(weight).map { [Kind.sparse] + pack(weight, $0, parameter) }
      ?? [Kind.dense, parameter.rows, parameter.columns, place, 0, 0, 0]
    let words = own + [dY, dX, gate]
    return words + [Int](repeating: 0, count: 16 - words.count)
  }

  /// The values of a sparse weight in the order of the tiles of its rows, and their tables.
  private mutating func pack(_ weight: ParameterID, _ pattern: SparsePattern, _ parameter: Parameter) -> [Int]
  {
    let structure = SparseStructure(pattern)
    let entries = structure.rowEntries.map { Int($0) }
    let columns = stride(from: 0, to: entries.count, by: 2).map { entries[$0] }
    let tiles = SparseTiles(
      starts: structure.rowIndptr, rows: columns, depth: parameter.columns, isTiled: true)
    let first = places.count
    if !tiles.order.isEmpty {
      gathersBack.append((weight, places.count..<places.count + tiles.order.count))
    }
    places += tiles.order.map { Int32(entries[2 * $0 + 1]) }
    return [parameter.rows, parameter.columns, first] + program.tables(of: tiles, rows: columns)
  }

  /// What is gathered before each step, as `ValueGather` of the kernel has it; nil where that is of a weight that is not updated.
  private mutating func gatherWords() -> [Int]? {
    var words: [Int] = []
    // Values that no step changes stay as they were packed.
    let forward = program.gathers.filter { updated.contains($0.weight) }
    for (isBack, own) in [(false, forward), (true, gathersBack)] {
      for (weight, places) in own {
        // On the way back values lie where their places do.
        guard let parameter = updated.firstIndex(of: weight),
          let to = isBack ? places.lowerBound : program.packedPlaces[.parameter(weight, .value)]
        else { return nil }
        gathers.groups += (places.count + BlockLaunches.gatheredEntries - 1) / BlockLaunches.gatheredEntries
        words += [gathers.groups, parameter, places.count, places.lowerBound, to, isBack ? 1 : 0]
        gathers.count += places.count
      }
    }
    return words
  }

  /// The integers of a parameter that is updated, as `ParameterUpdate` of the kernel has them.
  private mutating func update(
    _ parameter: Parameter, _ id: ParameterID, x: Int, dY: BufferID, _ masked: Bool, _ own: Int,
    _ pattern: SparsePattern? = nil
  ) -> [Int]? {
    guard let place = program.packedPlaces[.parameter(id, .value)], let dY = program.places[dY] else {
      return nil
    }
    groups += own
    updated.append(id)
    if masked { self.masked.insert(id) }
    let tables =
      pattern.map { SparseStructure($0) }.map {
        [program.table($0.indptr.map { Int($0) }), program.table($0.indices.map { Int($0) })]
      } ?? [-1, -1]
    isSparse = isSparse || pattern != nil
    return [groups, parameter.rows, parameter.columns, x, dY, place, masked ? 1 : 0] + tables + [0, 0, 0]
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
