import Device
import Files
import Foundation
import GraphExec

/// Where measured format costs are kept: in the person's cache folder, and in each study, whose choices must not change
/// when it is continued.
package struct CostStore {
  private let backend: OpenCLBackend
  private let batchSize: Int
  private let cache: String
  private let say: (String) -> Void

  /// What a cached measurement was made with and of.
  private struct Cached: Codable {
    let key: [String: String]
    let costs: FormatCosts
  }

  /// Nil for a backend that has dense layers only.
  ///
  /// - Parameters:
  ///   - cache: the folder of what was measured before; the person's own unless told otherwise.
  ///   - say: told when a measurement begins, and what is wrong with a file that is not used.
  package init?(
    _ backend: any Backend, batchSize: Int, cache: String? = nil,
    say: @escaping (String) -> Void = ErrorStream.say
  ) {
    guard let backend = backend as? OpenCLBackend else { return nil }
    self.backend = backend
    self.batchSize = batchSize
    self.cache = cache ?? CacheFolder.path
    self.say = say
  }

  /// The costs of a network's layers that a file keeps; else those of the cache; else measured now. The file keeps them
  /// from then on.
  ///
  /// - Parameters:
  ///   - blocks: those that entries of layers will lie in.
  ///   - missing: called where the file has none to use, before it is written.
  package func costs(
    of network: Network, blocks: Set<SparseBlocks> = [], keptAt path: String, missing: () throws -> Void
  ) throws -> LayerCosts {
    if let known: LayerCosts = read(path), isUsable(known.isPlausible, path) { return known }
    try missing()
    let costs = try costs(of: network, blocks: blocks)
    try CacheFolder.write(costs, to: path)
    return costs
  }

  /// The images of a step and those that pad it: kernels compute, and costs price, them all.
  package var stride: Int {
    backend.config(batchSize: batchSize).stride(forBatch: batchSize)
  }

  /// The costs on this device, with this driver, kernel sources and tiles, measured if they are not known yet.
  ///
  /// - Parameters:
  ///   - weights: those that may become sparse; nil for all.
  ///   - blocks: those that their entries may lie in.
  ///   - anew: measures them also where they are known.
  package func costs(
    of network: Network, weights: [ParameterID]? = nil, blocks: Set<SparseBlocks> = [], anew: Bool = false
  ) throws -> LayerCosts {
    var isTold = false
    func cached(_ key: [String: String], _ path: String) -> FormatCosts? {
      guard let known: Cached = read(path), known.key == key, isUsable(known.costs.isPlausible, path) else {
        return nil
      }
      return known.costs
    }
    func costs(
      _ size: String?, _ blocks: SparseBlocks = .entries, _ measure: () throws -> FormatCosts
    ) throws -> FormatCosts {
      let key = try key(size, blocks)
      let path = CacheFolder.path("costs", key, in: cache)
      if !anew, let known = cached(key, path) { return known }
      if !isTold {
        say(
          "measuring what each format costs on \(backend.context.device.name), for batches of "
            + "\(OpenCLBackend.measuredBatch(batchSize)): once, a few seconds")
        isTold = true
      }
      let costs = try measure()
      // Who measured at the same time and was done first is believed, so that both, and all after them, choose alike.
      if !anew, let known = cached(key, path) { return known }
      // The cache saves time and nothing else: where it cannot be written, the next study measures again.
      try? FileSystem.createFolder(FileSystem.folder(of: path))
      try? CacheFolder.write(Cached(key: key, costs: costs), to: path)
      return costs
    }
    var all = LayerCosts(
      matrices: try costs(nil) { try backend.measureFormatCosts(batchSize: batchSize) })
    for blocks in blocks where blocks != .entries && takesBlocks {
      all.blocks["\(blocks)"] = try costs(nil, blocks) {
        try backend.measureFormatCosts(batchSize: batchSize, in: blocks)
      }
    }
    for weight in weights ?? network.weights {
      guard let size = network.pricedSize(of: weight), all.sizes[size] == nil else { continue }
      all.sizes[size] = try costs(size) {
        try backend.measureFormatCosts(of: weight, in: network, batchSize: batchSize)
      }
    }
    return all
  }

  /// Whether an entry costs less there where it lies in a block.
  private var takesBlocks: Bool { backend.config(batchSize: batchSize).takesBlocksOfEntries }

  /// All that a measurement depends on.
  ///
  /// - Parameter size: that of the layer; nil for the middling one.
  private func key(_ size: String?, _ blocks: SparseBlocks) throws -> [String: String] {
    let device = backend.context.device
    let batch = OpenCLBackend.measuredBatch(batchSize, hasSize: size != nil)
    let config = backend.config(batchSize: batch)
    let stride = config.stride(forBatch: batch)
    var key = [
      "device": device.name, "processor": device.processor, "driver": device.driverVersion,
      "compute units": "\(device.computeUnits)",
      "kernels": try backend.context.sources.digest(), "batch": "\(batch)",
      "dense tiles": "\(config.matmulFile) \(config.tiles(stride: stride))",
      "sparse tiles": config.sparseOptions(stride: stride),
    ]
    key["layer"] = size
    if blocks != .entries { key["blocks"] = "\(blocks)" }
    return key
  }

  /// What a file holds; nil where there is none, or where it is damaged, which is said.
  private func read<Content: Decodable>(_ path: String) -> Content? {
    do {
      return try CacheFolder.read(path)
    } catch {
      say("\(path): damaged, and not used")
      return nil
    }
  }

  private func isUsable(_ isPlausible: Bool, _ path: String) -> Bool {
    if isPlausible { return true }
    say("\(path): holds numbers that no measurement gives, and is not used")
    return false
  }
}
