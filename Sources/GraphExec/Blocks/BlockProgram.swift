import Device

/// What `network_cpu.cl` is told of a network: its steps, their tables, and what is packed for them.
struct BlockProgram {
  /// Integers of a step, as the kernel lays them out.
  private static let stepWords = 32
  /// Outputs of a panel of a weight.
  private static let panel = 16

  /// Steps, then tables.
  private(set) var words: [Int32]
  /// The launches that pack weights and the numbers of channels.
  private(set) var packing: [Launch] = []
  /// Floats of all that is packed.
  private(set) var packedCount = 0
  /// Floats of a group's activations.
  let slotCount: Int
  /// Whether all places can be told in 32 bits; else `words` are wrong.
  var fits: Bool { max(packedCount, words.count, slotCount) <= Int(Int32.max) }
  /// Where each buffer of activations lies there, in rows.
  let places: [BufferID: Int]
  /// From where values of sparse weights are packed: what `BlockBuffer.places` holds.
  private(set) var gathered: [Int32] = []
  /// The same as a table.
  var preparationTables: [BufferID: [UInt32]] {
    gathered.isEmpty ? [:] : [.blocks(.places): gathered.map { UInt32(bitPattern: $0) }]
  }
  /// Those of each sparse weight with entries.
  private(set) var gathers: [(weight: ParameterID, places: Range<Int>)] = []
  /// Where values are packed, in floats.
  private(set) var packedPlaces: [BufferID: Int] = [:]
  private let images: Int
  private let part: Int?
  private let launches: BlockLaunches

  /// - Parameters:
  ///   - activations: the buffers that steps read and write, and their rows.
  ///   - part: operations of a part of a step, where groups share it out.
  init(
    _ steps: [BlockStep], activations: [(id: BufferID, rows: Int)],
    specification: ModelSpecification, images: Int, part: Int? = nil, launches: BlockLaunches
  ) {
    self.images = images
    self.part = part
    self.launches = launches
    var (places, rows): ([BufferID: Int], Int) = ([:], 0)
    for (id, count) in activations {
      places[id] = rows
      // Each begins at a cache line, whatever the block.
      rows += roundUp(count, to: 16)
    }
    self.places = places
    slotCount = rows * images
    words = [Int32](repeating: 0, count: steps.count * Self.stepWords)
    for (index, step) in steps.enumerated() {
      let step = described(step, specification)
      words.replaceSubrange(
        index * Self.stepWords..<(index + 1) * Self.stepWords,
        with: step.map { Int32(truncatingIfNeeded: $0) })
    }
  }

  /// Where the first row of a tensor is, and how its pixels follow.
  func view(_ operand: TensorOperand) -> PixelView { view(operand.layout.view, of: operand) }

  private func view(_ view: PixelView, of operand: TensorOperand) -> PixelView {
    PixelView(
      first: view.first + (places[operand.tensor] ?? 0), plane: view.plane, line: view.line, step: view.step)
  }

  /// The integers of a step, as `Step` of the kernel has them.
  private mutating func described(_ step: BlockStep, _ specification: ModelSpecification) -> [Int] {
    var words = [Int](repeating: 0, count: Self.stepWords)
    func set(_ place: Int, _ values: [Int]) {
      words.replaceSubrange(place..<place + values.count, with: values)
    }
    switch step {
    case .pool(let pool):
      let (x, y) = (pool.x.layout.shape, pool.y.layout.shape)
      set(0, [pool.isMaximum ? Kind.maximum : Kind.mean, x.channels, x.channels])
      set(7, [pool.relu ? Store.relu : 0])
      set(10, [y.height, y.width] + pool.window + view(pool.x).numbers + view(pool.y).numbers)
      set(28, [x.height, x.width])
      // A comparison takes as long as some multiply-adds of vectors, and so does an entry.
      set(Self.partsWord, parts(8 * y.count * pool.window[0] * pool.window[1], of: x.channels))
    case .product(let product):
      let (weight, y) = (product.weight, product.y.layout.shape)
      let parameter = specification.network[weight]
      set(1, [parameter.rows, parameter.columns, packedCount])
      if let pattern = specification.pattern(weight) {
        set(0, [Kind.sparse])
        set(4, pack(SparseStructure(pattern), product, specification))
        let most = y.height > 1 ? y.height : parameter.columns / SparseGroups.columns
        set(Self.partsWord, parts(8 * pattern.count * y.height * y.width, of: most))
      } else {
        pack(LayerWeight(weight, parameter))
        set(6, [product.taps.map { table($0) } ?? -1])
        let panels = (parameter.columns + Self.panel - 1) / Self.panel
        let most = product.taps == nil ? panels / 4 : (panels + 1) / 2 * y.height
        set(Self.partsWord, parts(parameter.count * y.height * y.width, of: most))
      }
      let (scale, shift) = (product.scale, product.shift)
      set(7, [product.store] + [scale, shift].map { $0.map { pack($0, count: parameter.columns) } ?? 0 })
      set(10, [y.height, y.width])
      set(16, view(product.reading, of: product.x).numbers + view(product.y).numbers)
      set(24, view(product.other ?? product.y).numbers)
    case .preparation, .begin, .gather, .loss, .backward: preconditionFailure("no step of the kernel's")
    }
    return words
  }

  /// Where a step says how many parts it has, where groups share it out.
  private static let partsWord = 30

  /// Parts of so many operations, where there can be `most`.
  private func parts(_ operations: Int, of most: Int) -> [Int] {
    [part.map { max(1, min(most, operations / $0)) } ?? 1]
  }

  /// What is done to a sum before it is stored: the numbers of `conv_common.cl`.
  fileprivate enum Store {
    static let scale = 1
    static let shift = 2
    static let add = 4
    static let relu = 8
  }

  /// What a step is: the numbers of `network_common.cl`.
  enum Kind {
    static let dense = 0
    static let sparse = 1
    static let maximum = 2
    static let mean = 3
  }

  /// Adds a table, and gives its place.
  mutating func table(_ values: [Int]) -> Int {
    defer { words += values.map { Int32($0) } }
    return words.count
  }

  // MARK: packing

  private mutating func pack(_ layer: LayerWeight) {
    packing.append(launches.pack(layer, to: packedCount))
    packedPlaces[.parameter(layer.id, .value)] = packedCount
    packedCount += roundUp(layer.outputs, to: Self.panel) * layer.inputs
  }

  /// The values of a sparse weight; its tiles, or column starts, and the rows that entries read are tables.
  private mutating func pack(
    _ structure: SparseStructure, _ product: BlockProduct, _ specification: ModelSpecification
  ) -> [Int] {
    let buffer = BufferID.parameter(product.weight, .value)
    let rows = structure.indices.map { product.taps?[Int($0)] ?? Int($0) }
    guard images > CPUTiles.mostImagesByOutputs else {
      let groups = SparseGroups(starts: structure.indptr, areTurns: !specification.trains)
      pack(buffer, of: product.weight, in: groups.entries)
      return [
        pairs(groups.groups.flatMap { [$0.first, $0.turns] }), table(groups.entries.map { rows[$0] }),
        pairs(groups.ordered.flatMap { [$0.column, $0.others] }),
      ]
    }
    // Sums lie in the result between tiles, which must not be the tensor that is added to them.
    let tiles = SparseTiles(
      starts: structure.indptr, rows: structure.indices.map { Int($0) },
      depth: structure.rowIndptr.count - 1, isTiled: specification.hasTiles,
      hasOne: product.other?.tensor == product.y.tensor)
    pack(buffer, of: product.weight, in: tiles.order)
    return tables(of: tiles, rows: rows)
  }

  /// Packs a sparse weight's values in an order.
  private mutating func pack(_ buffer: BufferID, of weight: ParameterID, in order: [Int]) {
    if !order.isEmpty {
      packing.append(
        launches.gather(buffer, count: order.count, places: gathered.count, to: packedCount))
      gathers.append((weight, gathered.count..<gathered.count + order.count))
    }
    gathered += order.map { Int32($0) }
    packedPlaces[buffer] = packedCount
    packedCount += roundUp(order.count, to: 16)
  }

  /// Adds a table of pairs, which lies at a multiple of their size.
  private mutating func pairs(_ values: [Int]) -> Int {
    if words.count % 2 != 0 { _ = table([0]) }
    return table(values)
  }

  /// Adds the tables of a sparse weight's tiles, and gives their places: of the tiles, the rows of entries, and the items.
  mutating func tables(of tiles: SparseTiles, rows: [Int]) -> [Int] {
    let ends = table([tiles.ends.count] + tiles.ends)
    let items = pairs(tiles.items.flatMap { [$0.result, $0.entries] })
    return [ends, table(tiles.order.map { rows[$0] }), items]
  }

  private mutating func pack(_ buffer: BufferID, count: Int) -> Int {
    defer { packedCount += roundUp(count, to: 16) }
    if count > 0 { packing.append(launches.copy(buffer, count: count, to: packedCount)) }
    packedPlaces[buffer] = packedCount
    return packedCount
  }
}

extension BlockProduct {
  fileprivate var store: Int {
    typealias Store = BlockProgram.Store
    return (scale == nil ? 0 : Store.scale) | (scale == nil && shift != nil ? Store.shift : 0)
      | (other == nil ? 0 : Store.add) | (relu ? Store.relu : 0)
  }
}

extension PixelView {
  fileprivate var numbers: [Int] { [first, plane, line, step] }
}
