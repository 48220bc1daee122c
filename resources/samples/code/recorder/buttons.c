// The buttons beside the window. Whoever enters a wrong code too often must wait: somebody who tries all codes
// on a dull afternoon should find that the afternoon is over before he is through.

#include "parts.h"

// How long the buttons are dead after the last wrong code.
#define LOCKOUT_SECONDS 735

bool buttons_dead(const struct buttons* buttons, uint32_t now) {
    return buttons->locked && now - buttons->locked_at < LOCKOUT_SECONDS;
}

bool buttons_enter(struct buttons* buttons, uint16_t code, uint32_t now) {
    if (buttons_dead(buttons, now))
        return false;
    buttons->locked = code != buttons->code && buttons->failed;
    buttons->failed = code != buttons->code;
    buttons->locked_at = now;
    return code == buttons->code;
}
