// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "whittle",
  products: [
    .executable(name: "whittle", targets: ["whittle"]),
    .library(name: "Device", targets: ["Device"]),
    .library(name: "GraphExec", targets: ["GraphExec"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
  ],
  targets: [
    // The system's OpenCL headers and loader, and shims for the macros that Swift cannot import.
    .target(name: "COpenCL", linkerSettings: [.linkedLibrary("OpenCL")]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // The processor's handling of denormal numbers, and what instructions it has.
    .target(name: "CProcessor"),
    // The OpenCL C sources, embedded in the binary by `#embed`.
    .target(name: "Kernels", path: "Kernels", exclude: ["README.md"]),
    .target(name: "Device", dependencies: ["COpenCL", "Kernels"]),
    .target(name: "RandomNumbers"),
    .target(name: "GraphExec", dependencies: ["Device", "RandomNumbers"]),
    .target(name: "Reference", dependencies: ["Device", "GraphExec", "CProcessor"]),
    .target(name: "Pruning", dependencies: ["GraphExec"]),
    .target(
      name: "Datasets",
      dependencies: ["RandomNumbers", "CZlib", .product(name: "Crypto", package: "swift-crypto")]),
    .target(
      name: "Experiments",
      dependencies: [
        "Device", "GraphExec", "Reference", "Pruning", "Datasets", "CZlib",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .target(
      name: "Reports",
      dependencies: ["Experiments", .product(name: "Mustache", package: "swift-mustache")]),
    .executableTarget(
      name: "whittle",
      dependencies: [
        "Reports", "Experiments", "Datasets", "GraphExec", "Device", "Reference",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "DeviceTests", dependencies: ["Device", "TestSupport"]),
    .testTarget(
      name: "GraphExecTests",
      dependencies: ["Device", "GraphExec", "Reference", "Pruning", "Experiments", "TestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(name: "ReferenceTests", dependencies: ["Reference", "GraphExec"]),
    .testTarget(name: "PruningTests", dependencies: ["Pruning", "GraphExec", "Reference"]),
    .testTarget(
      name: "DatasetsTests",
      dependencies: [
        "Datasets", "CZlib", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(name: "TestSupport", dependencies: ["Device", "Experiments"], path: "Tests/TestSupport"),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: ["Experiments", "Datasets", "Pruning", "Reference", "GraphExec", "Device", "TestSupport"]),
    .testTarget(name: "ReportsTests", dependencies: ["Experiments", "Reports", "TestSupport"]),
    .testTarget(
      name: "WhittleTests", dependencies: ["whittle", "Experiments", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c2x
)
