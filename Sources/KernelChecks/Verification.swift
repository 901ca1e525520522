import Device
import GraphExec

/// Every kernel in every configuration against the `Double` reference, on one device.
package struct Verification {
  /// The device.
  package var device: ComputeDevice
  /// The kernels' sources.
  package var sources: KernelSources
  /// Which matmul kernels, and for which kind of device the others are set up.
  package var families: [KernelConfig.Family]
  /// Small shapes and few configurations, for a checker under which kernels run a thousand times slower.
  package var quick: Bool
  /// Whether nothing is run after a launch that failed.
  package var untilFailure: Bool

  /// Creates a verification; both families are tried on any device.
  package init(
    device: ComputeDevice, sources: KernelSources = .embedded,
    families: [KernelConfig.Family] = KernelConfig.Family.allCases, quick: Bool = false,
    untilFailure: Bool = false
  ) {
    self.device = device
    self.sources = sources
    self.families = families
    self.quick = quick
    self.untilFailure = untilFailure
  }

  /// Runs everything. What fails is in the report.
  ///
  /// - Parameters:
  ///   - first: what to begin with; everything else follows.
  ///   - progress: called with what comes next.
  /// - Throws: `OpenCLError` when the device cannot be opened.
  package func run(first: VerifyPart? = nil, progress: @escaping (String) -> Void = { _ in }) throws
    -> VerifyReport
  {
    let report = VerifyReport(untilFailure: untilFailure)
    VerifyPass(
      // Hundreds of programs, most of which nothing else runs, are not kept.
      runner: try DeviceRunner(ComputeContext(device, sources: sources, programFolder: nil)), report: report,
      families: families, quick: quick, extent: quick ? .quick : .full, progress: progress
    ).run(first: first)
    return report
  }
}
