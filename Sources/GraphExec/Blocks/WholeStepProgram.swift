/// What `network_gpu.cl` is told of a training step: its phases, and their jobs.
struct WholeStepProgram {
  /// A part of a phase, in tiles that wait for nothing else of it: `Job` of the kernel.
  struct Job {
    /// The numbers of `network_gpu.cl`.
    enum Kind: Int { case begin, gather, forward, loss, inputGradient, update, bias, end }
    let kind: Kind
    let tiles: Int
    var parameter = -1
    var inputs = 0
    var outputs = 0
    /// First rows of what is read, and of what is written.
    var x = 0
    var y = 0
    var gate = -1
    var bias = -1
    var relu = false
    var masked = false

    fileprivate func words(end: Int) -> [Int] {
      let told = [
        kind.rawValue, end, parameter, inputs, outputs, x, y, gate, bias, relu ? 1 : 0, masked ? 1 : 0,
      ]
      return told + [Int](repeating: 0, count: 16 - told.count)
    }
  }

  /// The jobs of each phase; groups wait for one another between two.
  let phases: [[Job]]
  /// The parameters, in the order of the kernel's arguments.
  let parameters: [ParameterID]
  /// Those of them that have masks.
  let masked: Set<ParameterID>
  /// The first row of each tensor, and the rows of all.
  let places: [BufferID: Int]
  let rows: Int

  /// The most parameters that a kernel takes.
  private static let mostParameters = 16
  /// Words of all the phases and jobs at most: they lie in constant memory.
  private static let mostWords = 16 << 10

  /// - Returns: nil for a step that has no kernels.
  init?(
    _ steps: [BlockStep], activations: [(id: BufferID, rows: Int)], _ specification: ModelSpecification,
    _ launcher: WholeStepLaunch
  ) {
    var (places, rows): ([BufferID: Int], Int) = ([:], 0)
    for (id, count) in activations {
      places[id] = rows
      rows += count
    }
    var jobs = StepJobs(places, specification, launcher)
    for step in steps { guard jobs.add(step) else { return nil } }
    guard let loss = jobs.loss, !jobs.forward.isEmpty, !jobs.updates.isEmpty,
      jobs.parameters.count <= Self.mostParameters
    else { return nil }
    let begin = [Job(kind: .begin, tiles: 1)] + jobs.gather
    // An update writes what the gradient of its layer's input reads, and goes with the next one.
    let back = jobs.inputGradients.enumerated().map { place, gradient in
      [gradient] + (place > 0 ? jobs.updates(of: jobs.inputGradients[place - 1].parameter) : [])
    }
    let behind = Set(jobs.inputGradients.dropLast().map(\.parameter))
    let last = jobs.updates.filter { !behind.contains($0.layer) }.map(\.job) + [Job(kind: .end, tiles: 1)]
    phases = [begin] + jobs.forward.map { [$0] } + [[loss]] + back + [last]
    (parameters, masked) = (jobs.parameters, jobs.masked)
    (self.places, self.rows) = (places, rows)
    guard words.count <= Self.mostWords else { return nil }
  }

  /// What the kernel reads: of each phase its first job, how many it has, and its tiles; then the jobs.
  var words: [Int32] {
    var (first, heads, rest): (Int, [Int], [Int]) = (0, [], [])
    for jobs in phases {
      var end = 0
      for job in jobs {
        end += job.tiles
        rest += job.words(end: end)
      }
      heads += [first, jobs.count, end, 0]
      first += jobs.count
    }
    return (heads + rest).map { Int32(truncatingIfNeeded: $0) }
  }

  /// Tiles of the largest phase: more groups have nothing to do.
  var mostTiles: Int { phases.map { $0.reduce(0) { $0 + $1.tiles } }.max() ?? 1 }
}

/// Collects the jobs of a step.
private struct StepJobs {
  typealias Job = WholeStepProgram.Job
  private let places: [BufferID: Int]
  private let network: Network
  private let specification: ModelSpecification
  private let launcher: WholeStepLaunch
  private(set) var gather: [Job] = []
  private(set) var forward: [Job] = []
  private(set) var loss: Job?
  private(set) var inputGradients: [Job] = []
  /// Each with the parameter that the gradient of its layer's input reads.
  private(set) var updates: [(layer: Int, job: Job)] = []
  private(set) var parameters: [ParameterID] = []
  private(set) var masked: Set<ParameterID> = []
  /// What the gradients of biases are sums of.
  private var sums: [BufferID: BufferID] = [:]

  init(
    _ places: [BufferID: Int], _ specification: ModelSpecification, _ launcher: WholeStepLaunch
  ) {
    self.places = places
    self.specification = specification
    self.launcher = launcher
    network = specification.network
  }

  /// - Returns: false for a step that has no kernels.
  mutating func add(_ step: BlockStep) -> Bool {
    switch step {
    case .begin: return true
    case .gather(_, let pixels):
      gather = [Job(kind: .gather, tiles: launcher.gatherTiles(features: pixels.layout.shape.count))]
      return true
    case .product(let product): return add(product)
    case .backward(let step): return add(step)
    case .preparation, .pool, .loss: return false
    }
  }

  private mutating func add(_ product: BlockProduct) -> Bool {
    guard product.taps == nil, product.scale == nil, product.other == nil,
      specification.pattern(product.weight) == nil, let x = places[product.x.tensor],
      let y = places[product.y.tensor]
    else { return false }
    let bias = product.shift.map { id -> Int? in
      guard case .parameter(let parameter, .value) = id else { return nil }
      return number(of: parameter)
    }
    if let bias, bias == nil { return false }
    let weight = network[product.weight]
    forward.append(
      Job(
        kind: .forward, tiles: launcher.tiles(rows: weight.columns, columns: launcher.stride),
        parameter: number(of: product.weight), inputs: weight.rows, outputs: weight.columns,
        x: x + product.reading.first, y: y + product.y.layout.view.first, bias: bias.flatMap { $0 } ?? -1,
        relu: product.relu))
    return true
  }

  private mutating func add(_ step: BackwardStep) -> Bool {
    switch step {
    case .loss(_, let logits, let gradient):
      guard let x = places[logits.tensor], let y = places[gradient] else { return false }
      loss = Job(kind: .loss, tiles: launcher.lossTiles, outputs: logits.layout.rows, x: x, y: y)
      return true
    case .inputGradient(let id, let dY, let dX, let gate):
      let gate = gate.map { places[$0] } ?? -1
      guard specification.pattern(id) == nil, let x = places[dY], let y = places[dX], let gate else {
        return false
      }
      let weight = network[id]
      inputGradients.append(
        Job(
          kind: .inputGradient, tiles: launcher.tiles(rows: weight.rows, columns: launcher.stride),
          parameter: number(of: id), inputs: weight.rows, outputs: weight.columns, x: x, y: y, gate: gate))
      return true
    case .update(let id, let x, let dY, let isMasked):
      guard specification.pattern(id) == nil, let x = places[x], let y = places[dY] else { return false }
      if isMasked { masked.insert(id) }
      let weight = network[id]
      let tiles = launcher.tiles(rows: weight.rows, columns: leadingDimension(weight.columns))
      let own = number(of: id)
      updates.append(
        (
          own,
          Job(
            kind: .update, tiles: tiles, parameter: own, inputs: weight.rows, outputs: weight.columns, x: x,
            y: y, masked: isMasked)
        ))
      return true
    case .sum(let dY, let gradient):
      sums[gradient] = dY
      return true
    case .updateBy(let id, let gradient):
      guard let dY = sums[gradient], let y = places[dY] else { return false }
      masked.insert(id)
      let own = number(of: id)
      updates.append(
        (
          own,
          Job(
            kind: .bias, tiles: launcher.biasTiles(network[id].columns), parameter: own,
            outputs: network[id].columns, y: y, masked: true)
        ))
      return true
    }
  }

  /// The updates that may not begin before the gradient of the layer's input is there.
  func updates(of layer: Int) -> [Job] { updates.filter { $0.layer == layer }.map(\.job) }

  /// The parameter's number among the kernel's arguments.
  private mutating func number(of id: ParameterID) -> Int {
    if let known = parameters.firstIndex(of: id) { return known }
    parameters.append(id)
    return parameters.count - 1
  }
}
