import ArgumentParser
import Backends
import Device
import Files
import Foundation
import GraphExec
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
    var hasFailed = false
    let warn = { (text: String) in
      hasFailed = true
      ErrorStream.warn(text)
    }
    let devices = try ComputeDevice.all { warn("\($0)") }
    let chosen = try BackendChoice.open(.auto, among: devices, warn: warn)?.device
    let cpu = Result { try BackendChoice.open("cpu").summary }
    if json { return try printJSON(devices, chosen: chosen, cpu: try? cpu.get()) }
    if devices.isEmpty && hasFailed {
      try Output.print("no OpenCL device can be used")
    } else if devices.isEmpty {
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
    switch cpu {
    case .success(let cpu):
      try Output.print("cpu is \(cpu.version), \(cpu.computeUnits) thread\(cpu.computeUnits == 1 ? "" : "s")")
    case .failure(let error): try Output.print("cpu cannot be used: \(error)")
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
    struct CPU: Encodable {
      let version: String
      let threads: Int
    }
    let devices: [Device]
    let cpu: CPU?
    let auto: String
  }

  private func printJSON(_ devices: [ComputeDevice], chosen: ComputeDevice?, cpu: BackendSummary?) throws {
    let listing = Listing(
      devices: devices.map {
        Listing.Device(
          address: $0.address, name: $0.name, platform: $0.platformName, kind: $0.kind, version: $0.version,
          driver: $0.driverVersion, computeUnits: $0.computeUnits, globalMemory: $0.globalMemory,
          maxAllocation: $0.maxAllocation, localMemory: $0.localMemory, maxWorkGroup: $0.maxWorkGroup,
          floatWidth: $0.floatWidth, available: $0.isAvailable)
      }, cpu: cpu.map { Listing.CPU(version: $0.version, threads: $0.computeUnits) },
      auto: chosen?.address ?? "cpu")
    try Output.print(exactly: JSONLine.encode(listing, pretty: true) + "\n")
  }
}
