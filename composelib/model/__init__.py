"""A compose as values, parsed once: releases, variants, archives, images and the paths of what is made of them."""
