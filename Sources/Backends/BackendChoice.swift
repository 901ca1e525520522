import Configs
import Device
import Files
import GraphExec
import Reference
import Text

/// Opens the backend that `--device` asks for.
package enum BackendChoice {
  /// The OpenCL device that matches, or the CPU backend.
  ///
  /// Where a kind of device is asked for, one whose driver fails is left out and the next one taken.
  ///
  /// - Parameters:
  ///   - sources: the kernels; those of `WHITTLE_KERNELS`, if it is set, unless told otherwise.
  ///   - warn: told of what is left out.
  /// - Throws: `DeviceNotFound`, with what there is; `OpenCLError`; `OpenBLASMissing`.
  package static func open(
    _ text: String, sources: KernelSources = .choose(folder: nil),
    warn: @escaping (String) -> Void = ErrorStream.warn
  ) throws -> any Backend {
    let selection = DeviceSelection(text)
    if selection == .cpu { return try CPUBackend() }
    let devices = try ComputeDevice.all { warn("\($0)") }
    guard let context = try open(selection, among: devices, sources: sources, warn: warn) else {
      return try CPUBackend()
    }
    return try openCL(context, warn: warn)
  }

  /// A backend on an open device, with the tiles that were measured for it.
  ///
  /// - Parameter family: kernels of this family; nil for the one that fits the device.
  /// - Throws: `KernelSourceMissing`.
  package static func openCL(
    _ context: ComputeContext, family: KernelConfig.Family? = nil,
    warn: @escaping (String) -> Void = ErrorStream.warn
  ) throws -> OpenCLBackend {
    let tables = try TileStore(context.device, sources: context.sources, say: warn).tables
    return OpenCLBackend(context, family: family, tables: tables)
  }

  /// The first matching device that opens; nil stands for the CPU backend.
  package static func open(
    _ selection: DeviceSelection, among devices: [ComputeDevice], sources: KernelSources = .embedded,
    warn: (String) -> Void
  ) throws -> ComputeContext? {
    var first: OpenCLError?
    for device in try selection.candidates(among: devices) {
      do {
        let context = try ComputeContext(device, sources: sources)
        DriverCrash.explain()
        return context
      } catch let error as OpenCLError where selection.isKind {
        warn("\(DeviceFailure(what: "device \(device.address) \(device.name)", reason: "\(error)"))")
        first = first ?? error
      }
    }
    if let first, selection != .auto { throw first }
    return nil
  }

  /// Refuses a form that the backend would silently run as another.
  ///
  /// - Parameters:
  ///   - source: who asks for the form, where the command line does not: usually the config's path.
  ///   - overrides: what the command line says.
  /// - Throws: `ConfigError`, which blames the option where there is one.
  package static func check(
    _ format: ExecutionConfig.Format, on backend: any Backend, source: String, overrides: [ConfigOverride]
  ) throws {
    guard format == .sparse, !backend.executesSparse else { return }
    let problem = ConfigProblem(
      path: "execution.format",
      text: "\"sparse\" needs an OpenCL device, and this is \(backend.summary.name), which has dense layers "
        + "only; choose \"auto\", or another device with --device", involved: ["execution.device"])
    throw ConfigError(
      problems: [problem.line(source: source, overrides: overrides)],
      isOfCommandLine: problem.isOfCommandLine(overrides))
  }

  /// The same for a form that a command's own `--format` asks for.
  ///
  /// - Throws: `ConfigError`.
  package static func check(option format: ExecutionConfig.Format, on backend: any Backend) throws {
    let option = ConfigOverride(
      "execution.format", .string(format.rawValue), option: "--format \(format.rawValue)")
    try check(format, on: backend, source: "whittle", overrides: [option])
  }
}
