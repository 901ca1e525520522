import ArgumentParser
import Device
import Foundation
import Reports

/// Lists the devices.
struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "List the OpenCL devices, and say which one 'auto' takes.",
    discussion: """
      The first column is what --device takes; part of a name works as well. 'cpu' works on every machine: it \
      needs no OpenCL.
      """)

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func run() throws {
    let devices = try ComputeDevice.all()
    let chosen = try DeviceSelection.auto.pick(from: devices)
    if json { return try printJSON(devices, chosen: chosen) }
    if devices.isEmpty {
      try Output.print(
        "no OpenCL device is installed (Debian and Ubuntu: pocl-opencl-icd, or the driver of your GPU)")
    } else {
      var table = TextTable(
        [
          "device", "name", "platform", "kind", "version", "driver", "units", "memory", "largest buffer",
          "float width",
        ])
      for device in devices {
        table.append([
          device.address, device.name + (device.isAvailable ? "" : " (not available)"), device.platformName,
          device.kind.rawValue, device.version, device.driverVersion, "\(device.computeUnits)",
          mebibytes(device.globalMemory), mebibytes(device.maxAllocation), "\(device.floatWidth)",
        ])
      }
      try Output.print(table.text(width: Terminal.output.size.columns), terminator: "")
    }
    try Output.print(
      "auto takes \(chosen.map { "\($0.address) \($0.name)" } ?? "cpu, which needs no OpenCL")")
  }

  private func mebibytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }

  private struct Listing: Encodable {
    struct Device: Encodable {
      let address: String
      let name: String
      let platform: String
      let kind: ComputeDevice.Kind
      let version: String
      let driver: String
      let computeUnits: Int
      let globalMemory: Int
      let maxAllocation: Int
      let localMemory: Int
      let maxWorkGroup: Int
      let floatWidth: Int
      let available: Bool
    }
    let devices: [Device]
    let auto: String
  }

  private func printJSON(_ devices: [ComputeDevice], chosen: ComputeDevice?) throws {
    let listing = Listing(
      devices: devices.map {
        Listing.Device(
          address: $0.address, name: $0.name, platform: $0.platformName, kind: $0.kind, version: $0.version,
          driver: $0.driverVersion, computeUnits: $0.computeUnits, globalMemory: $0.globalMemory,
          maxAllocation: $0.maxAllocation, localMemory: $0.localMemory, maxWorkGroup: $0.maxWorkGroup,
          floatWidth: $0.floatWidth, available: $0.isAvailable)
      }, auto: chosen?.address ?? "cpu")
    try Output.print(exactly: JSONLine.encode(listing, pretty: true) + "\n")
  }
}
