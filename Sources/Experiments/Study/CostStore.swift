import Device
import Foundation
import GraphExec

/// Where measured format costs are kept: in the person's cache folder, and in each study, whose choices must not change
/// when it is continued.
package struct CostStore {
  private let backend: OpenCLBackend
  private let batchSize: Int

  /// Nil for a backend that has dense layers only.
  package init?(_ backend: any Backend, batchSize: Int) {
    guard let backend = backend as? OpenCLBackend else { return nil }
    self.backend = backend
    self.batchSize = batchSize
  }

  /// The costs that a study was begun with; else those of the cache; else measured now. The study keeps them.
  func costs(for study: StudyFolder) throws -> FormatCosts {
    let path = study.costs
    if let known = Self.read(path) { return known }
    let costs = try costs()
    try Self.write(costs, to: path)
    return costs
  }

  /// The images of a step and those that pad it: kernels compute, and costs price, them all.
  package var stride: Int {
    KernelConfig.choose(for: backend.context.device, batchSize: batchSize, family: backend.family)
      .stride(forBatch: batchSize)
  }

  /// The costs of this device, driver and kernel sources, measured if they are not known yet.
  package func costs() throws -> FormatCosts {
    let path = try cachePath()
    if let known = Self.read(path) { return known }
    let costs = try backend.measureFormatCosts(batchSize: batchSize)
    // The cache saves time and nothing else: where it cannot be written, the next study measures again.
    try? FileSystem.createFolder(FileSystem.folder(of: path))
    try? Self.write(costs, to: path)
    return costs
  }

  private func cachePath() throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let root =
      environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory() + "/.cache"
    let device = backend.context.device
    let family = backend.family.map { "-\($0.rawValue)" } ?? ""
    let name = [device.name, device.driverVersion, try backend.context.sources.digest()].joined(
      separator: "-")
    let safe = String(name.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." ? $0 : "_" })
    return "\(root)/whittle/costs-\(safe)\(family)-\(batchSize).json"
  }

  private static func read(_ path: String) -> FormatCosts? {
    guard let bytes = try? FileSystem.read(path, limit: 1 << 20) else { return nil }
    return try? JSONDecoder().decode(FormatCosts.self, from: Data(bytes))
  }

  private static func write(_ costs: FormatCosts, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(Array(try encoder.encode(costs)), to: path)
  }
}
