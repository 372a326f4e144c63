#pragma once

// A network that several set-ups share. It never changes once it is built, so copies of a Config point at
// one and the same; the last one frees it. (std::shared_ptr brings run-time type information into a module
// that has none otherwise: a kilobyte and more of the download.)

#include <atomic>
#include <cstdint>
#include <utility>

#include "core/model/model.h"

namespace tensorledger {

class SharedModel {
public:
    SharedModel() = default;
    explicit SharedModel(Model model) : held_(new Held{std::move(model), 1}) {}

    SharedModel(const SharedModel& other) : held_(other.held_) {
        if (held_ != nullptr) ++held_->owners;
    }
    SharedModel(SharedModel&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    SharedModel& operator=(SharedModel other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    ~SharedModel() {
        if (held_ != nullptr && --held_->owners == 0) delete held_;
    }

    /// Whether there is a network.
    explicit operator bool() const { return held_ != nullptr; }
    const Model& operator*() const { return held_->model; }
    const Model* operator->() const { return &held_->model; }

private:
    struct Held {
        Model model;
        std::atomic<std::int32_t> owners;
    };
    Held* held_ = nullptr;
};

}  // namespace tensorledger
