import Device
import GraphExec
import KernelChecks
import Timing

/// Searches the tiles of each product of a training step, by measuring.
package final class Tuner {
  /// Other tiles have to take less than this of the time, which is more than noise.
  private static let worthwhile = 0.97
  private let backend: OpenCLBackend
  private let specification: ModelSpecification
  private let graph: Graph
  private let config: KernelConfig
  private let plan: Plan
  private let check: ProductCheck
  /// The products, each once, and the place of a launch of theirs.
  package let products: [(shape: ProductShape, place: Int)]
  /// Tiles that were found, which are tried first for the next product of the same pass.
  private var found: [MatmulPass: [[String: Int]]] = [:]

  /// Plans a step.
  ///
  /// - Throws: `GraphError`, `OpenCLError`.
  package init(_ backend: OpenCLBackend, _ specification: ModelSpecification) throws {
    self.backend = backend
    self.specification = specification
    graph = try ForwardPass(specification.network).training(specification)
    config = backend.config(batchSize: specification.batchSize)
    plan = try Plan(graph, specification: specification, config: config)
    check = try ProductCheck(backend.context)
    var places: [ProductShape: Int] = [:]
    for (place, launch) in plan.launches.enumerated() {
      guard let weight = launch.product.map({ specification.network[$0.weight] }),
        let product = config.product(
          of: launch, inputs: weight.rows, outputs: weight.columns, stride: plan.batchStride)
      else { continue }
      places[product] = places[product] ?? place
    }
    // Pass by pass, and the largest first: they have most to gain, and what suits them may suit the others.
    let passes = MatmulPass.allCases
    products = places.map { ($0.key, $0.value) }.sorted { a, b in
      func order(_ product: ProductShape) -> (Int, Int, Int) {
        (passes.firstIndex(of: product.pass) ?? 0, -product.inputs * product.outputs, product.inputs)
      }
      return order(a.0) < order(b.0)
    }
  }

  /// Searches for so many seconds in all.
  ///
  /// - Parameters:
  ///   - isStopped: whether to come to an end at once, with what is found.
  ///   - keep: called with the tiles of each product as soon as they are known.
  /// - Throws: errors of the device, and those of `keep`.
  package func run(
    seconds: Double, isStopped: () -> Bool, progress: (TuneProgress) -> Void,
    keep: (TileTable.Entry) throws -> Void
  ) throws -> [TuneResult] {
    let end = ContinuousClock.now + .seconds(seconds)
    var results: [TuneResult] = []
    for (index, (product, place)) in products.enumerated() {
      if isStopped() { break }
      let left = (end - ContinuousClock.now).seconds
      // What earlier products left over goes to the later ones.
      let own = ContinuousClock.now + .seconds(max(left, 0) / Double(products.count - index))
      let result = try search(product, place: place) { tried, candidates in
        progress(
          TuneProgress(
            place: index + 1, count: products.count, product: product, tried: tried, candidates: candidates,
            secondsLeft: max((end - ContinuousClock.now).seconds, 0)))
        return !isStopped() && ContinuousClock.now < own
      }
      results.append(result)
      try keep(TileTable.Entry(product, tiles: result.tiles))
    }
    return results
  }

  /// - Parameter goesOn: called before each try with how many there were, and how many there are to make.
  private func search(_ product: ProductShape, place: Int, goesOn: (Int, Int) -> Bool) throws -> TuneResult {
    let device = backend.context.device
    let timer = try ProductTimer(backend.context, plan, place: place) { [self] tiles in
      try Plan(graph, specification: specification, config: config.giving(tiles, to: product, on: device))
        .launches[place]
    }
    let before = config.tiles(of: product)
    timer.adjust(toSeconds: try timer.seconds(before))
    timer.adjust(toSeconds: try timer.seconds(before))
    var search = TileSearch(from: before, among: config.candidates(for: product, on: device))
    search.prefer(found[product.pass] ?? [])
    while goesOn(search.tried, search.count), let tiles = search.next() {
      if try isFaster(tiles, than: search.best, timer) { search.best = tiles }
    }
    var after = search.best
    var fault: String?
    var times = try timer.compare(before, after, rounds: after == before ? 3 : 9)
    if after != before {
      if times.ratio < Self.worthwhile {
        fault = config.with(after, of: product).flatMap { check.failure(of: $0, on: product) }
      }
      if times.ratio >= Self.worthwhile || fault != nil {
        after = before
        times = (times.first, times.first, 1)
      }
    }
    if after != before { found[product.pass, default: []].append(after) }
    let launch = try Plan(
      graph, specification: specification, config: config.giving(after, to: product, on: device)
    ).launches[place]
    return TuneResult(
      pass: product.pass.rawValue, inputs: product.inputs, outputs: product.outputs, columns: product.columns,
      secondsBefore: times.first, secondsAfter: after == before ? times.first : times.second,
      ratio: after == before ? 1 : times.ratio, isChanged: after != before, tiles: after, tile: launch.tile,
      tried: search.tried, candidates: search.count, fault: fault)
  }

  /// Whether tiles take less time than others, on a second look too. What does not build, or fit, is not.
  private func isFaster(_ tiles: [String: Int], than best: [String: Int], _ timer: ProductTimer) throws
    -> Bool
  {
    do {
      // Most are told from one sample.
      guard try timer.seconds(tiles) < 1.3 * timer.seconds(best) else { return false }
    } catch is KernelBuildFailure {
      return false
    }
    for rounds in [3, 7] {
      guard try timer.compare(best, tiles, rounds: rounds).ratio < Self.worthwhile else { return false }
    }
    return true
  }
}
