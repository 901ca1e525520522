import Device
import TestSupport
import Testing

/// What `--device` means, and what it says when nothing matches.
@Suite struct DeviceSelectionTests {
  @Test(
    "the text of --device",
    arguments: [
      ("auto", DeviceSelection.auto), ("", .auto), ("AUTO", .auto), ("cpu", .cpu), ("CPU", .cpu),
      ("opencl", .opencl), ("gpu", .gpu), ("0:0", .address(platform: 0, device: 0)),
      ("2:13", .address(platform: 2, device: 13)), ("pthread", .name("pthread")), ("1:x", .name("1:x")),
      ("1:2:3", .name("1:2:3")), ("NVIDIA H200", .name("NVIDIA H200")),
    ])
  func parses(text: String, expected: DeviceSelection) {
    #expect(DeviceSelection(text) == expected)
    if !text.isEmpty { #expect(DeviceSelection(expected.description) == expected) }
  }

  @Test("with no device, auto and cpu take the CPU backend and the others say what to do")
  func withoutDevices() throws {
    #expect(try DeviceSelection.auto.pick(from: []) == nil)
    #expect(try DeviceSelection.cpu.pick(from: []) == nil)
    for text in ["opencl", "gpu", "0:0", "nvidia"] {
      let error = #expect(throws: DeviceNotFound.self) { try DeviceSelection(text).pick(from: []) }
      #expect(
        error?.description
          == "no device matches '\(text)': no OpenCL device can be used; OpenCL needs a driver (Debian and Ubuntu: "
          + "pocl-opencl-icd, or that of your GPU), and --device cpu works everywhere")
    }
  }

  @Test(
    "a device is found by address, and by part of its name or platform's name, in any case",
    .needs(.openCL))
  func picks() throws {
    let devices = try ComputeDevice.all()
    for device in devices where device.isAvailable {
      #expect(try DeviceSelection(device.address).pick(from: devices) == device)
    }
    let first = try #require(devices.first { $0.isAvailable })
    // Of this one alone: a machine may have several of a name.
    #expect(try DeviceSelection(String(first.name.uppercased().prefix(6))).pick(from: [first]) == first)
    #expect(try DeviceSelection(String(first.platformName.dropFirst())).pick(from: [first]) == first)
    #expect(try DeviceSelection.opencl.pick(from: devices) != nil)
    #expect(try DeviceSelection.auto.pick(from: devices) != nil)
  }

  @Test(
    "nothing matched lists what there is", .needs(.openCL))
  func lists() throws {
    let devices = try ComputeDevice.all()
    let device = try #require(devices.first)
    let error = #expect(throws: DeviceNotFound.self) {
      try DeviceSelection("no such thing").pick(from: devices)
    }
    #expect(error?.description.contains("\(device.address) \(device.name)") == true)
    #expect(throws: DeviceNotFound.self) {
      try DeviceSelection.address(platform: 99, device: 0).pick(from: devices)
    }
  }

  @Test(
    "a number alone names no device, though it may be part of a name",
    .needs(.openCL), arguments: ["0", "1", "512"])
  func numbers(text: String) throws {
    let devices = try ComputeDevice.all()
    let error = #expect(throws: DeviceNotFound.self) { try DeviceSelection(text).pick(from: devices) }
    #expect(error?.description.contains("a device's number has two parts, as in 0:0") == true)
  }

  @Test(
    "a name that matches several devices is refused, and they are listed",
    .needs(.openCL))
  func ambiguous() throws {
    let device = try TestDevice.openCL()
    let error = #expect(throws: DeviceNotFound.self) {
      try DeviceSelection(device.name).pick(from: [device, device])
    }
    let listed = "\(device.address) \(device.name)"
    #expect(
      error?.description
        == "'\(device.name)' matches several devices: \(listed), \(listed); choose one by its number")
  }
}
