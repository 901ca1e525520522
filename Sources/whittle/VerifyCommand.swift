import ArgumentParser
import Backends
import Device
import Files
import Foundation
import GraphExec
import KernelChecks
import Reports

/// Checks every kernel on a device.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check every kernel, in every tile configuration, against a reference in double precision.",
    discussion: """
      Run it on a new device or driver, and after editing kernels. A number in the table is the largest error in \
      units of its bound; guard regions around each buffer tell of writes outside it. Exits with 1 when a kernel \
      fails.

        whittle verify --device gpu
        whittle verify --kernels Kernels --family cpu
      """)

  /// Kernels for CPU devices, for GPUs, or both.
  enum FamilyChoice: String, ExpressibleByArgument, CaseIterable { case cpu, gpu, both }

  @Option(help: "The OpenCL device: auto, opencl, gpu, <platform>:<device>, or part of a name.")
  var device = "auto"

  @Option(
    help: "Folder with edited .cl files to check instead of those in the binary.", completion: .directory,
    transform: HomeFolder.expand)
  var kernels: String?

  @Option(help: "Which family of kernels: for CPU devices, for GPUs, or both; each runs on any device.")
  var family: FamilyChoice = .both

  @Flag(help: "Few small shapes and configurations, for slow checkers such as Oclgrind.")
  var quick = false

  @Flag(help: "Run nothing after a kernel that fails.")
  var untilFailure = false

  @Option(help: "What to begin with; everything else follows.")
  var first: VerifyPart?

  @Flag(
    help: """
      Print the programs that the kernels for GPUs are built as, with their texts, as JSON lines. Nothing is run, and \
      no device needed.
      """)
  var programs = false

  func validate() throws {
    guard programs else { return }
    let given = [
      device == "auto" ? nil : "--device \(device)", family == .cpu ? "--family cpu" : nil,
      quick ? "--quick" : nil, untilFailure ? "--until-failure" : nil,
      first.map { "--first \($0.rawValue)" },
    ].compactMap { $0 }
    if let option = given.first {
      throw ValidationError(
        "\(option): --programs lists what a GPU is given, and runs nothing; leave one of the two out")
    }
  }

  func run() throws {
    if programs { return try printPrograms() }
    let device = try OpenCLDevice.open(device, for: "verify").device
    let families = KernelConfig.Family.allCases.filter { family == .both || family.rawValue == $0.rawValue }
    let verification = Verification(
      device: device, sources: KernelSources.choose(folder: kernels), families: families, quick: quick,
      untilFailure: untilFailure)
    try Output.print("\(device.address) \(device.name), \(device.version), driver \(device.driverVersion)")
    let showsProgress = Terminal.errors.isInteractive
    let report = try verification.run(first: first) { next in
      guard showsProgress else { return }
      Output.tell("\r\u{1B}[K\(next)")
    }
    if showsProgress { Output.tell("\r\u{1B}[K") }
    var table = TextTable(["kernel", "configuration", "cases", "error/bound"])
    for result in report.results {
      let error = result.worst == 0 ? "exact" : String(format: "%.3g", result.worst)
      table.append(
        [result.kernel, result.configuration, "\(result.cases)", result.failures == 0 ? error : "FAILED"])
    }
    try Output.print(table.text(width: Terminal.output.size.columns), terminator: "")
    guard report.passed else { throw VerificationFailed(results: report.results.filter { $0.failures > 0 }) }
    try Output.print("all \(report.results.count) kernels and configurations agree with the reference")
  }
}

extension VerifyPart: ExpressibleByArgument {}

/// Kernels that do not agree with the reference.
struct VerificationFailed: Error, CustomStringConvertible {
  let results: [VerifyResult]

  var description: String {
    let lines = results.map {
      "  \($0.kernel), \($0.configuration), \($0.failures) of \($0.cases) cases, first \($0.firstFailure ?? "")"
    }
    return "kernels failed:\n" + lines.joined(separator: "\n")
  }
}

/// The choice of a device by commands that need OpenCL.
enum OpenCLDevice {
  /// Opens the OpenCL device that the text selects.
  ///
  /// - Throws: `DeviceNotFound` when nothing matches, `OpenCLError` when no match opens; a usage error for the CPU backend,
  ///   which has no kernels.
  static func open(
    _ text: String, for command: String, sources: KernelSources = .embedded
  ) throws -> ComputeContext {
    var selection = DeviceSelection(text)
    if selection == .cpu {
      throw ValidationError(
        "\(command) is about OpenCL kernels, and the CPU backend has none; try --device opencl")
    }
    // The CPU backend would not do.
    if selection == .auto { selection = .opencl }
    let devices = try ComputeDevice.all { ErrorStream.warn("\($0)") }
    guard
      let context = try BackendChoice.open(
        selection, among: devices, sources: sources, warn: ErrorStream.warn)
    else { preconditionFailure("opencl never means the CPU backend") }
    return context
  }
}
