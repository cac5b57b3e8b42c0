//! Numbers that kernels are launched with, in structs, so that each has a name where it is given and where it is read.

/// Declares a struct of numbers that a kernel takes, and `argument`, which makes the kernel's argument of them.
macro_rules! launch_arguments {
    (
        $(#[$documentation:meta])*
        $visibility:vis struct $name:ident, $launch:ident {
            $($(#[$field_documentation:meta])* $field_visibility:vis $field:ident,)*
        }
    ) => {
        $(#[$documentation])*
        #[derive(cubecl::prelude::CubeType, cubecl::prelude::CubeLaunch, Clone, Copy)]
        #[expand(derive(Clone, Copy))]
        $visibility struct $name {
            $($(#[$field_documentation])* $field_visibility $field: usize,)*
        }

        impl $name {
            /// The argument of a launch.
            $visibility fn argument(self) -> $launch {
                $launch::new($(self.$field),*)
            }
        }
    };
}

pub(super) use launch_arguments;
